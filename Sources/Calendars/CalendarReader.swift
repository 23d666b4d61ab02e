public import Base
public import Scheduling

/// What all of a room's calendars hold.
public struct CalendarSnapshot: Hashable, Sendable {
    /// In the order of their starts, each id once.
    public var events: [CalendarEvent]
    /// Why a calendar is not as it is now, for people; nil when all have just been read.
    public var problem: String?
    /// What could not be read in calendars that were: “…: 1 of 12 events could not be read: line 45: …”. Nil when
    /// nothing was amiss.
    public var remark: String?
    /// No calendar has ever been read: `events` is empty for that reason.
    public var hasNothing: Bool

    public init(events: [CalendarEvent], problem: String?, remark: String? = nil, hasNothing: Bool) {
        self.events = events
        self.problem = problem
        self.remark = remark
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
    /// How long a reading waits for one source. Longer than the time limit of `HTTPFetcher.Options(calendars:)`, whose
    /// words say more; whoever asks for a reading must wait longer than this.
    public static let patience = Duration.seconds(32)
    /// After so long it is told that a source is being waited for.
    public static let slowAfter = Duration.seconds(10)
    /// A text that has not changed is expanded again when the window has moved by this.
    private static let windowStep = Duration.seconds(900)

    private let executor = QueueExecutor("calendar.reader")
    /// Hostile rules may take seconds to expand.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let parser: ICalendar
    private var calendars: [Calendar]

    /// - Parameters:
    ///   - patience: how long a reading waits for a source; then it shows what it last held, with a problem.
    ///   - slowAfter: how long a source may take before `onSlow` is told.
    ///   - onSlow: gets the name of a source that is still being waited for, for the log; once for each question.
    public init(
        sources: [any CalendarSource], settings: ICalendar.Settings, patience: Duration = CalendarReader.patience,
        slowAfter: Duration = CalendarReader.slowAfter, onSlow: (@Sendable (_ name: String) -> Void)? = nil
    ) {
        parser = ICalendar(settings)
        calendars = sources.map { source in
            Calendar(
                source: PatientSource(source, patience: patience, slowAfter: slowAfter) { onSlow?(source.name) })
        }
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
                    calendars[index].problem = flaw(index)
                    return
                }
            }
            try expand(document, for: index, at: now)
        } catch {
            let known = calendars[index].document == nil ? "" : "; what it held before is shown"
            calendars[index].problem = "\(calendars[index].source.name): \(error)\(known)"
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
            throw .unreadable("the text is cut off")
        }
        if let failure = reading.failure, let before = calendars[index].document, before.revision != document.revision {
            throw .unreadable(failure)
        }
        calendars[index].document = document
        calendars[index].reading = reading
        calendars[index].readAt = now
        calendars[index].problem = flaw(index)
    }

    /// A text that was never whole, or of which nothing could be read.
    private func flaw(_ index: Int) -> String? {
        guard let reading = calendars[index].reading else { return nil }
        let name = calendars[index].source.name
        if reading.isTruncated { return "\(name): the text is cut off; what could be read of it is shown" }
        return reading.failure.map { "\(name): \($0)" }
    }

    private func snapshot() -> CalendarSnapshot {
        var byID: [String: CalendarEvent] = [:]
        for event in calendars.flatMap({ $0.reading?.events ?? [] }) {
            if let other = byID[event.id], other.isJoinable || !event.isJoinable { continue }
            byID[event.id] = event
        }
        let problems = calendars.compactMap(\.problem)
        let remarks = calendars.compactMap { calendar in
            calendar.reading?.remark.map { "\(calendar.source.name): \($0)" }
        }
        return CalendarSnapshot(
            events: byID.values.sorted { $0.start == $1.start ? $0.id < $1.id : $0.start < $1.start },
            problem: problems.isEmpty ? nil : problems.joined(separator: "; "),
            remark: remarks.isEmpty ? nil : remarks.joined(separator: "; "),
            hasNothing: !calendars.isEmpty && calendars.allSatisfy { $0.reading == nil })
    }
}

extension CalendarEvent {
    fileprivate var isJoinable: Bool {
        if case .address = link { link.flaw == nil } else { false }
    }
}

extension ICalendar.Reading {
    /// Why this is not the room's calendar, though it is one: there are entries, and not one could be read.
    fileprivate var failure: String? {
        guard !isTruncated, entries > 0, leftOut == entries, let first = problems.first else { return nil }
        return "none of its \(entries) events could be read: \(first)"
    }

    /// What could not be read, in a sentence; nil when all was, and of a text that is cut off, which says it all.
    fileprivate var remark: String? {
        guard !isTruncated, failure == nil, let first = problems.first else { return nil }
        let what: String
        switch (leftOut, readInPart) {
        case (0, 0): return "\(first)" + (problems.count > 1 ? " (and \(problems.count - 1) more)" : "")
        case (0, let part): what = "\(part) of \(entries) events could be read only in part"
        case (let out, 0): what = "\(out) of \(entries) events could not be read"
        case (let out, let part): what = "\(out) of \(entries) events could not be read, and \(part) only in part"
        }
        return "\(what): \(first)" + (problems.count > 1 ? " (the first of \(problems.count) problems)" : "")
    }
}
