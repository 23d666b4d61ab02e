/// A control of a camera as it stands.
public struct CameraControl: Hashable, Sendable {
    /// An entry of a menu.
    public struct Choice: Hashable, Sendable {
        public var value: Int
        public var name: String
    }

    public enum Kind: Hashable, Sendable {
        /// Any value of the range in its steps, in the device's own units.
        case number
        /// 0 or 1.
        case toggle
        /// One of these.
        case menu([Choice])
    }

    /// One of `CameraControl.names`.
    public var name: String
    /// What the driver calls it.
    public var title: String
    public var kind: Kind
    public var range: ClosedRange<Int>
    public var step: Int
    public var defaultValue: Int
    public var value: Int
    public var isReadOnly: Bool
    /// Whether it has an effect now: exposure time has none while exposure is automatic.
    public var isActive: Bool

    /// The controls that are passed on, in the order in which they are set: what is automatic before what it governs.
    public static let names = CameraControlCatalogue.all.map(\.name)

    /// What keeps a value from being set; nil when nothing does.
    func objection(to value: Int) -> String? {
        if isReadOnly { return "\(name) can be read only" }
        if case .menu(let choices) = kind {
            if choices.contains(where: { $0.value == value }) { return nil }
            let list = choices.map { "\($0.value) (\($0.name))" }.joined(separator: ", ")
            return "\(name) was expected to be one of \(list), but \(value) came"
        }
        let steps = step > 1 ? " in steps of \(step)" : ""
        guard range.contains(value), step < 2 || (value - range.lowerBound) % step == 0 else {
            return "\(name) was expected in \(range.lowerBound)…\(range.upperBound)\(steps), but \(value) came"
        }
        return nil
    }
}
