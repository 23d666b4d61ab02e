public import Media

/// Makes devices out of the specifications of the configuration (`[devices]` in Docs/control-api.md).
public enum SimulatedDevices {
    /// Whether a specification names a simulated device; everything else is for `Hardware`. `none` is not one, but for
    /// speakers, where something has to drive the audio thread.
    public static func isSimulated(_ specification: String, kind: DeviceKind) -> Bool {
        let scheme = specification.prefix { $0 != ":" }
        switch kind {
        case .camera, .content: return ["file", "pattern"].contains(scheme)
        case .microphone: return ["file", "tone"].contains(scheme) || specification == "silence"
        case .speaker: return scheme == "file" || specification == "none"
        case .display: return scheme == "headless"
        }
    }

    /// `pattern:1280x720@30` (the rate may be left out: 30) or `file:clip.y4m`.
    /// - Parameter kind: `.camera` or `.content`.
    public static func camera(
        _ specification: String, kind: DeviceKind = .camera, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) -> any Camera {
        switch try split(specification) {
        case ("pattern", let size):
            let (width, height, rate) = try parseSize(size, of: specification, usualRate: 30)
            return try PatternCamera(width: width, height: height, rate: rate, kind: kind, pacer: pacer)
        case ("file", let path):
            return try FileCamera(path: path, kind: kind, pacer: pacer)
        default:
            throw unknown(specification, expected: "pattern:1280x720@30 or file:clip.y4m", kind: kind)
        }
    }

    /// `tone:440`, `file:speech.wav` or `silence`.
    public static func microphone(_ specification: String) throws(DeviceError) -> any Microphone {
        if specification == "silence" { return SilenceMicrophone() }
        switch try split(specification) {
        case ("tone", let text):
            guard let frequency = Double(text) else {
                throw DeviceError(.unknown, "expected a frequency in \(specification), such as tone:440")
            }
            return try ToneMicrophone(frequency: frequency)
        case ("file", let path):
            return try FileMicrophone(path: path)
        default:
            throw unknown(specification, expected: "tone:440, file:speech.wav or silence", kind: .microphone)
        }
    }

    /// `file:out.wav` or `none`.
    public static func speaker(
        _ specification: String, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) -> any Speaker {
        if specification == "none" { return NullSpeaker(pacer: pacer) }
        switch try split(specification) {
        case ("file", let path): return try FileSpeaker(path: path, pacer: pacer)
        default: throw unknown(specification, expected: "file:out.wav or none", kind: .speaker)
        }
    }

    /// `headless:1280x720`, with `@RATE` where it is not 60.
    public static func display(
        _ specification: String, pacer: any Pacer = RealTimePacer()
    ) throws(DeviceError) -> HeadlessDisplay {
        switch try split(specification) {
        case ("headless", let size):
            let (width, height, rate) = try parseSize(size, of: specification, usualRate: 60)
            return try HeadlessDisplay(width: width, height: height, rate: rate, pacer: pacer)
        default: throw unknown(specification, expected: "headless:1280x720", kind: .display)
        }
    }

    private static func split(_ specification: String) throws(DeviceError) -> (scheme: String, rest: String) {
        guard let colon = specification.firstIndex(of: ":") else { return (specification, "") }
        let scheme = String(specification[..<colon])
        let rest = String(specification[specification.index(after: colon)...])
        guard !rest.isEmpty else {
            throw DeviceError(.unknown, "expected something after the colon of “\(specification)”")
        }
        return (scheme, rest)
    }

    private static func parseSize(
        _ text: String, of specification: String, usualRate: Int64
    ) throws(DeviceError) -> (width: Int, height: Int, rate: FrameRate) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let sides = parts[0].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, sides.count == 2, let width = sides[0], let height = sides[1] else {
            throw DeviceError(
                .unknown, "expected WIDTHxHEIGHT or WIDTHxHEIGHT@RATE after the colon of “\(specification)”")
        }
        guard let rate = parts.count == 2 ? FrameRate(parts[1]) : FrameRate(usualRate) else {
            throw DeviceError(
                .unknown, "expected a rate in 1…240, such as 30, 29.97 or 30000/1001, in “\(specification)”")
        }
        return (width, height, rate)
    }

    private static func unknown(_ specification: String, expected: String, kind: DeviceKind) -> DeviceError {
        DeviceError(.unknown, "expected a simulated \(kind.rawValue) to be \(expected), but it is “\(specification)”")
    }
}
