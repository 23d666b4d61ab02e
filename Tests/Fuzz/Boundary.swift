/// A place where bytes from outside come in. Each has its function, which drives what the daemon drives, a folder of
/// inputs in `Tests/Corpus`, and a turn in `tools/fuzz`.
///
/// A new boundary is a case here, a file `Boundary+NAME.swift`, and a folder with at least one sound input.
enum Boundary: String, CaseIterable, Sendable {
    case calendar, candidate, configuration, control, datagram, dtls, janus, rtcp, rtp, sdp, stun, text, turn, vp8, vp9

    /// Takes one input. What traps, hangs or grows is a bug, and so is a broken promise.
    func take(_ input: [UInt8]) throws(BrokenPromise) {
        switch self {
        case .calendar: try Self.takeCalendar(input)
        case .candidate: try Self.takeCandidates(input)
        case .configuration: try Self.takeConfiguration(input)
        case .control: try Self.takeControlBytes(input)
        case .datagram: try Self.takeDatagrams(input)
        case .dtls: try Self.takeDTLS(input)
        case .janus: try Self.takeJanusTexts(input)
        case .rtcp: try Self.takeRTCP(input)
        case .rtp: try Self.takeRTP(input)
        case .sdp: try Self.takeDescriptions(input)
        case .stun: try Self.takeSTUN(input)
        case .text: try Self.takeText(input)
        case .turn: try Self.takeTURN(input)
        case .vp8: try Self.takeVP8(input)
        case .vp9: try Self.takeVP9(input)
        }
    }

    /// The longest input worth trying: what is longer is only slower.
    var longestInput: Int {
        switch self {
        case .text: 512
        case .candidate, .control, .stun, .turn: 1024
        case .datagram, .dtls, .rtcp, .rtp, .vp8, .vp9: 1500
        case .calendar, .configuration: 2048
        case .janus: 3000
        case .sdp: 5000
        }
    }
}
