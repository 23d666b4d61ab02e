public import Meeting

/// Why the room did not get into a meeting.
public struct JoinFailure: Error, Hashable, Sendable {
    public let reason: MeetingError
    /// The service's own words, where the reason alone says too little (`rejectedByService`).
    public let detail: String?

    public init(_ reason: MeetingError, detail: String? = nil) {
        self.reason = reason
        self.detail = detail
    }
}
