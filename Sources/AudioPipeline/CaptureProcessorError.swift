/// The audio processing could not be set up.
public struct CaptureProcessorError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
