/// The messages that are sent or understood (HDMI 1.4b, supplement 1; table CEC 9 and following).
enum CECMessage {
    static let television: UInt8 = 0
    static let broadcast: UInt8 = 15
    static let unregistered: UInt8 = 15

    enum Operation {
        static let featureAbort: UInt8 = 0x00
        static let imageViewOn: UInt8 = 0x04
        static let standby: UInt8 = 0x36
        static let routingChange: UInt8 = 0x80
        static let activeSource: UInt8 = 0x82
        static let requestActiveSource: UInt8 = 0x85
        static let setStreamPath: UInt8 = 0x86
        static let givePowerStatus: UInt8 = 0x8F
        static let reportPowerStatus: UInt8 = 0x90
    }

    static func bytes(from initiator: UInt8, to destination: UInt8, _ body: UInt8...) -> [UInt8] {
        [initiator << 4 | destination] + body
    }

    /// The physical address that begins at an operand; nil when the message is too short.
    static func address(_ message: [UInt8], at index: Int) -> UInt16? {
        guard message.count >= index + 2 else { return nil }
        return UInt16(message[index]) << 8 | UInt16(message[index + 1])
    }
}
