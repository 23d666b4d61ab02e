/// A control as the driver lists it (VIDIOC_QUERYCTRL).
struct NodeControl: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case integer, boolean, menu, integerMenu
        /// Buttons, headings, strings.
        case other
    }

    var id: UInt32
    var kind: Kind
    var name: String
    var minimum: Int
    var maximum: Int
    var step: Int
    var defaultValue: Int
    var isReadOnly = false
    /// Another control has taken over, as automatic exposure does.
    var isInactive = false
    var isDisabled = false
}
