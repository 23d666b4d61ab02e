import Meeting

@testable import Conferencing

/// Reads what a conference tells, whichever meeting it is about.
struct EventReader {
    private var events: AsyncStream<ConferenceEvent>.Iterator

    init(_ conference: Conference) {
        events = conference.events.makeAsyncIterator()
    }

    mutating func next() async -> MeetingEvent? {
        await events.next()?.event
    }
}
