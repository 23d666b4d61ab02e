/// A line of the session or of a section that WebRTC has no use for (`i=`, `u=`, `e=`, `p=`, `t=`, `r=`, `z=`, `k=`),
/// kept as it came.
public struct OtherLine: Hashable, Sendable {
    /// The letter before `=`, as ASCII.
    public var type: UInt8
    public var value: String

    public init(type: UInt8, value: String) {
        self.type = type
        self.value = value
    }
}

extension OtherLine {
    /// Where in a description a line stands (RFC 8866 §5); within one the order is kept as it came.
    enum Place: Int, Hashable {
        /// `i=`, `u=`, `e=`, `p=`: before `c=` and `b=`.
        case description
        /// `t=`, `r=`.
        case time
        /// `z=`, `k=`: before the attributes.
        case end
    }

    var place: Place {
        switch type {
        case UInt8(ascii: "t"), UInt8(ascii: "r"): .time
        case UInt8(ascii: "z"), UInt8(ascii: "k"): .end
        default: .description
        }
    }
}

extension [OtherLine] {
    /// Puts a line where it is written, so that what came in another order is the same when it is read again.
    mutating func insert(inOrder line: OtherLine) {
        let before = lastIndex { $0.place.rawValue <= line.place.rawValue }
        insert(line, at: before.map { $0 + 1 } ?? startIndex)
    }
}
