import Base
import Meeting
import Room
import Synchronization

/// What waits for the room's policy, in the order in which it happened.
///
/// It is bounded, and what somebody waits for is never left out for something that nobody does: a report of how things
/// are takes the place of the same device's report that still waits, so those need a few places whatever happens.
final class PolicyInbox: Sendable {
    enum Event: Sendable {
        case happened(RoomInput)
        /// This memory and those before it are on disk, or could not be put there.
        case saved(UInt64, problem: String?)
    }

    /// What only the newest report of counts.
    private enum Level: Hashable {
        case microphone, camera, speaker, display, content, levels, media
        case voices(MeetingGeneration)
    }

    private struct Waiting: Sendable {
        var events: [Event] = []
        /// How many have been taken since the start: the first of `events` has this number.
        var taken = 0
        var places: [Level: Int] = [:]
        var commands = 0
        var tidings = 0
        var dropped = 0
    }

    /// All commands that 256 clients may have open.
    static let commandLimit = 256 * 64 + 1024
    /// What a meeting tells; a service that floods the room loses what it says.
    static let tidingsLimit = 16_384

    private let waiting = Mutex(Waiting())
    private let wake: AsyncStream<Void>.Continuation
    /// An element whenever there may be something to take. For one reader.
    let wakes: AsyncStream<Void>

    init() {
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: false when there is no room for it.
    func add(_ event: Event) -> Bool {
        let (isTaken, isFirst) = waiting.withLock { waiting in
            let isFirst = waiting.events.isEmpty
            return (Self.add(event, to: &waiting), isFirst)
        }
        // Whoever put the first in wakes the reader for all.
        if isTaken, isFirst { wake.yield() }
        return isTaken
    }

    private static func add(_ event: Event, to waiting: inout Waiting) -> Bool {
        if let level = level(of: event) {
            if let place = waiting.places[level] {
                waiting.events[place - waiting.taken] = event
                return true
            }
            waiting.places[level] = waiting.taken + waiting.events.count
        } else if case .happened(.command) = event {
            guard waiting.commands < commandLimit else { return false }
            waiting.commands += 1
        } else if isTiding(event) {
            guard waiting.tidings < tidingsLimit else {
                waiting.dropped += 1
                return false
            }
            waiting.tidings += 1
        }
        waiting.events.append(event)
        return true
    }

    /// Wakes the reader without anything to take.
    func ring() {
        wake.yield()
    }

    /// All that waits.
    func takeAll() -> [Event] {
        waiting.withLock { waiting in
            defer {
                waiting.taken += waiting.events.count
                waiting.events = []
                waiting.places = [:]
                waiting.commands = 0
                waiting.tidings = 0
            }
            return waiting.events
        }
    }

    var depth: BufferDepth {
        waiting.withLock { waiting in
            BufferDepth("policy", depth: waiting.events.count, capacity: Self.commandLimit + Self.tidingsLimit)
        }
    }

    /// How much of what a meeting told had no room since this was last asked.
    func takeDropped() -> Int {
        waiting.withLock { waiting in
            defer { waiting.dropped = 0 }
            return waiting.dropped
        }
    }

    private static func level(of event: Event) -> Level? {
        guard case .happened(let input) = event else { return nil }
        switch input {
        case .levels: return .levels
        case .media: return .media
        case .device(.microphone): return .microphone
        case .device(.camera): return .camera
        case .device(.speaker): return .speaker
        case .device(.display): return .display
        case .device(.content): return .content
        case .meeting(let generation, .audioLevels): return .voices(generation)
        case .command, .calendarReadingBegins, .calendar, .joined, .joinFailed, .meeting, .left, .operationDone,
            .problem, .inventory, .devicesSet, .microphoneKey, .activity, .shutdown:
            return nil
        }
    }

    /// What a service can send without end. That a meeting is over comes once.
    private static func isTiding(_ event: Event) -> Bool {
        guard case .happened(.meeting(_, let tiding)) = event else { return false }
        switch tiding {
        case .left, .ended: return false
        default: return true
        }
    }
}
