/// A join by itself that failed: said on the home screen and among the problems until the meeting is over.
struct FailedJoin: Hashable, Sendable {
    var event: String
    var title: String
    /// In the display's language.
    var detail: String
}
