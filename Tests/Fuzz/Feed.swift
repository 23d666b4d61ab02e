/// Cuts an input into pieces: a byte that says what to do, a length in two bytes (big endian), and as many bytes, or what
/// is left of them.
struct Feed {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        rest = input[...]
    }

    mutating func next() -> (control: UInt8, bytes: [UInt8])? {
        guard rest.count >= 3, let control = rest.popFirst(), let high = rest.popFirst(), let low = rest.popFirst()
        else { return nil }
        let bytes = rest.prefix(Int(high) << 8 | Int(low))
        rest = rest.dropFirst(bytes.count)
        return (control, Array(bytes))
    }
}

/// Cuts an input into lines.
func lines(of input: [UInt8]) -> [ArraySlice<UInt8>] {
    input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
}
