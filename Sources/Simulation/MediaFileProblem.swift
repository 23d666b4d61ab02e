/// Why a media file cannot be used; completed with its path into a `DeviceError`.
public struct MediaFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
