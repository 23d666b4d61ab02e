/// What an adapter has to say.
enum CECIncoming: Hashable {
    /// Of another device: header, operation code, operands; 1…16 bytes.
    case message([UInt8])
    /// What has become of a message of ours: acknowledged or not.
    case sent(sequence: UInt32, isAcknowledged: Bool)
    case addresses(CECAddresses)
}
