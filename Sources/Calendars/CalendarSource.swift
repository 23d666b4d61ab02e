/// Where iCalendar text comes from.
public protocol CalendarSource: Sendable {
    /// For people; without what is secret in an address.
    var name: String { get }

    /// The text as it is now.
    func document() async throws(CalendarError) -> CalendarDocument
}

/// A calendar's text at one time.
public struct CalendarDocument: Hashable, Sendable {
    public var bytes: [UInt8]
    /// Changes with the text, within one source.
    public var revision: Int

    public init(bytes: [UInt8], revision: Int) {
        self.bytes = bytes
        self.revision = revision
    }
}
