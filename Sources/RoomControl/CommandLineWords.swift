import ArgumentParser
import Base

/// The arguments as the parser wants them, and what it could not say well about them.
enum CommandLineWords {
    /// - Throws: `.usage` when no command is named, or one that there is not.
    static func arranged(_ arguments: [String]) throws(CommandFailure) -> [String] {
        let (common, rest) = try split(arguments)
        guard let first = rest.first else {
            guard !common.isEmpty else { return [] }
            let options = Text.clean(common.joined(separator: " "))
            throw .usage("A command is missing, such as 'roomctl \(options) status'. \(listHint)")
        }
        // The parser answers --help and --version itself, whatever else was said.
        guard !first.hasPrefix("-") else { return rest }
        let isHelp = first == "help"
        let words = isHelp ? Array(rest.dropFirst()) : rest
        let depth = try depth(of: words, isHelp: isHelp)
        guard !isHelp else { return rest }
        return words.prefix(depth) + sheltered(common + words.dropFirst(depth))
    }

    private static let listHint = "'roomctl --help' lists the commands."

    /// The common options that stand first: the parser knows them as options of each command; people write them before it.
    private static func split(_ arguments: [String]) throws(CommandFailure) -> (common: [String], rest: [String]) {
        var common: [String] = []
        var rest = arguments[...]
        while let next = rest.first {
            if next == "--json" || next.hasPrefix("--socket=") {
                common.append(next)
                rest = rest.dropFirst()
            } else if next == "--socket" {
                guard rest.count > 1 else {
                    throw .usage("--socket needs the path of roomd's socket, then a command. \(listHint)")
                }
                common += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return (common, Array(rest))
    }

    // MARK: - Commands

    /// How many of the first words name the command.
    private static func depth(of words: [String], isHelp: Bool) throws(CommandFailure) -> Int {
        var node: any ParsableCommand.Type = RoomControl.self
        var path: [String] = []
        for word in words {
            let inner = node.configuration.subcommands
            guard !inner.isEmpty, !word.hasPrefix("-") else { break }
            guard let next = inner.first(where: { $0._commandName == word }) else { throw unknown(word, after: path) }
            node = next
            path.append(word)
        }
        let inner = node.configuration.subcommands
        let asksForHelp = isHelp || words.contains { ["-h", "--help"].contains($0) }
        if !path.isEmpty, !inner.isEmpty, node.configuration.defaultSubcommand == nil, !asksForHelp {
            let all = path.joined(separator: " ")
            throw .usage("'\(all)' needs one more word: \(choice(inner.map { $0._commandName })).")
        }
        return path.count
    }

    private static func unknown(_ word: String, after path: [String]) -> CommandFailure {
        let said = (path + [word]).joined(separator: " ")
        let hint = suggestion(for: word, after: path).map { "Did you mean '\($0)'?" }
        let list = (["roomctl"] + path + ["--help"]).joined(separator: " ")
        return .usage("There is no command '\(Text.clean(said))'. \(hint ?? "'\(list)' lists those that there are.")")
    }

    /// The command that was probably meant, with the words before it.
    static func suggestion(for word: String, after path: [String] = []) -> String? {
        var node: any ParsableCommand.Type = RoomControl.self
        for name in path {
            node = node.configuration.subcommands.first { $0._commandName == name } ?? node
        }
        let names = node.configuration.subcommands.map { $0._commandName }
        let beginning = names.filter { $0.hasPrefix(word) }
        if word.utf8.count > 1, beginning.count == 1 { return (path + beginning).joined(separator: " ") }
        // Never long enough to matter: comparing takes the product of both lengths.
        guard word.utf8.count <= 64 else { return nil }
        if let near = EditDistance.nearest(to: word.lowercased(), among: names) {
            return (path + [near]).joined(separator: " ")
        }
        // Right, but one level too high: "dismiss" for "schedule dismiss".
        return node.configuration.subcommands.lazy.compactMap { group in
            let found = group.configuration.subcommands.first { $0._commandName == word }
            return found.map { (path + [group._commandName, $0._commandName]).joined(separator: " ") }
        }.first
    }

    private static func choice(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
    }

    // MARK: - Numbers

    /// The parser takes `-5` for an option that it does not know; it is a number, and to be told why it will not do.
    private static func sheltered(_ words: [String]) -> [String] {
        guard !words.contains("--") else { return words }
        var kept: [String] = []
        var numbers: [String] = []
        for word in words {
            guard word.count > 1, word.first == "-", word.dropFirst().first?.isNumber == true else {
                kept.append(word)
                continue
            }
            if let option = kept.last, option.hasPrefix("--"), option != "--json", !option.contains("=") {
                kept[kept.count - 1] = option + "=" + word
            } else {
                numbers.append(word)
            }
        }
        return numbers.isEmpty ? kept : kept + ["--"] + numbers
    }
}
