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
