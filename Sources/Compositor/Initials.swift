/// What stands for a person without a picture.
enum Initials {
    /// One or two characters: the first of the first and of the last word that start with a letter or digit.
    /// Scripts that
    /// are not written in separate letters with capitals get one character.
    /// - Parameter name: already safe.
    static func of(_ name: String) -> String {
        let words = name.split(separator: " ").compactMap { word in
            word.first { $0.isLetter || $0.isNumber }
        }
        guard let first = words.first else { return name.first.map { String($0) } ?? "?" }
        guard words.count > 1, let last = words.last, isCased(first), isCased(last) else {
            return first.uppercased()
        }
        return first.uppercased() + last.uppercased()
    }

    private static func isCased(_ character: Character) -> Bool {
        character.isCased || character.isNumber
    }
}
