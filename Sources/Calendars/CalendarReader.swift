public import Base
public import Scheduling

/// What all of a room's calendars hold.
public struct CalendarSnapshot: Hashable, Sendable {
    /// In the order of their starts, each id once.
    public var events: [CalendarEvent]
    /// What is wrong, for people; nil when nothing is.
    public var problem: String?
    /// No calendar has ever been read: `events` is empty for that reason.
    public var hasNothing: Bool

    public init(events: [CalendarEvent], problem: String?, hasNothing: Bool) {
        self.events = events
        self.problem = problem
        self.hasNothing = hasNothing
    }
}

/// Reads a room's calendars. One that cannot be read shows what it last held.
public actor CalendarReader {
    private struct Calendar {
        let source: PatientSource
        var document: CalendarDocument?
        var reading: ICalendar.Reading?
        var readAt: UTCTime?
        var problem: String?
    }

    /// Events are listed from this long before now…
    public static let past = Duration.seconds(86_400)
    /// … to this long after it.
    public static let future = Duration.seconds(14 * 86_400)
    /// Shorter than whoever asked for a reading waits for it.
    public static let patience = Duration.seconds(15)
    /// A text that has not changed is expanded again when the window has moved by this.
    private static let windowStep = Duration.seconds(900)

    private let executor = QueueExecutor("calendar.reader")
    /// Hostile rules may take seconds to expand.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let parser: ICalendar
    private var calendars: [Calendar]

    /// - Parameter patience: how long a reading waits for a source; then it shows what it last held, with a problem.
    public init(
        sources: [any CalendarSource], settings: ICalendar.Settings, patience: Duration = CalendarReader.patience
    ) {
        parser = ICalendar(settings)
        calendars = sources.map { Calendar(source: PatientSource($0, patience: patience)) }
    }

    /// Reads every calendar as it is now; ends soon when the task is cancelled. Of two events with one id that of the
    /// calendar named first counts, unless only the other has an address to join.
    public func read(at now: UTCTime) async -> CalendarSnapshot {
        let results = await withTaskGroup(of: (Int, Result<CalendarDocument, CalendarError>).self) { group in
            for (index, calendar) in calendars.enumerated() {
                group.addTask { [source = calendar.source] in
                    let result = await source.document()
                    return (index, result)
                }
            }
            var results: [(Int, Result<CalendarDocument, CalendarError>)] = []
            for await result in group { results.append(result) }
            return results
        }
        for (index, result) in results { take(result, for: index, at: now) }
        return snapshot()
    }

    private func take(_ result: Result<CalendarDocument, CalendarError>, for index: Int, at now: UTCTime) {
        do throws(CalendarError) {
            let document = try result.get()
            if document.revision == calendars[index].document?.revision {
                if let readAt = calendars[index].readAt,
                    abs((now - readAt).inMilliseconds) < Self.windowStep.inMilliseconds
                {
                    calendars[index].problem = calendars[index].reading.flatMap { text(of: $0.problems, index) }
                    return
                }
            }
            try expand(document, for: index, at: now)
        } catch {
            calendars[index].problem = "\(calendars[index].source.name): \(error)"
            // The window moves on over what is known.
            if let document = calendars[index].document {
                let problem = calendars[index].problem
                try? expand(document, for: index, at: now)
                calendars[index].problem = problem
            }
        }
    }

    private func expand(_ document: CalendarDocument, for index: Int, at now: UTCTime) throws(CalendarError) {
        let window = (now - Self.past)..<(now + Self.future)
        let reading = try parser.read(document.bytes, in: window, at: now)
        if reading.isTruncated, let before = calendars[index].document, before.revision != document.revision {
            throw .unreadable("the text was cut off; what it held before is shown")
        }
        calendars[index].document = document
        calendars[index].reading = reading
        calendars[index].readAt = now
        calendars[index].problem = text(of: reading.problems, index)
    }

    private func text(of problems: [CalendarProblem], _ index: Int) -> String? {
        guard let first = problems.first else { return nil }
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        return "\(calendars[index].source.name), \(first)\(more)"
    }

    private func snapshot() -> CalendarSnapshot {
        var byID: [String: CalendarEvent] = [:]
        for event in calendars.flatMap({ $0.reading?.events ?? [] }) {
            if let other = byID[event.id], other.isJoinable || !event.isJoinable { continue }
            byID[event.id] = event
        }
        let problems = calendars.compactMap(\.problem)
        return CalendarSnapshot(
            events: byID.values.sorted { $0.start == $1.start ? $0.id < $1.id : $0.start < $1.start },
            problem: problems.isEmpty ? nil : problems.joined(separator: "; "),
            hasNothing: !calendars.isEmpty && calendars.allSatisfy { $0.reading == nil })
    }
}

extension CalendarEvent {
    fileprivate var isJoinable: Bool {
        if case .address = link { true } else { false }
    }
}
