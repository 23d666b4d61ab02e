/// Remembers which of the latest numbers were seen, in a bit for each.
struct DuplicateFilter: Sendable {
    private var words: [UInt64]
    private var highest: Int64?

    /// - Parameter window: numbers remembered, a multiple of 64.
    init(window: Int = 1024) {
        precondition(window > 0 && window % 64 == 0, "whole words")
        words = Array(repeating: 0, count: window / 64)
    }

    private var window: Int64 { Int64(words.count) * 64 }

    /// - Returns: false when the number was seen before or is too old to tell.
    mutating func insert(_ number: Int64) -> Bool {
        guard let highest else {
            self.highest = number
            set(number)
            return true
        }
        if number > highest {
            if number - highest >= window {
                for index in words.indices { words[index] = 0 }
            } else {
                for passed in highest + 1...number { clear(passed) }
            }
            self.highest = number
            set(number)
            return true
        }
        guard highest - number < window, !isSet(number) else { return false }
        set(number)
        return true
    }

    private func position(_ number: Int64) -> (word: Int, bit: UInt64) {
        let place = Int(((number % window) + window) % window)
        return (place / 64, 1 << UInt64(place % 64))
    }

    private func isSet(_ number: Int64) -> Bool {
        let (word, bit) = position(number)
        return words[word] & bit != 0
    }

    private mutating func set(_ number: Int64) {
        let (word, bit) = position(number)
        words[word] |= bit
    }

    private mutating func clear(_ number: Int64) {
        let (word, bit) = position(number)
        words[word] &= ~bit
    }
}
