import Base
import Calendars
import ConfigurationFile
import Logging
import Media
import Room
import Scheduling
import Signaling

/// Reads the calendars again and again, and at once when asked to.
final class CalendarFeed: Sendable {
    private let reader: CalendarReader
    /// For calendars on the web; nil when all are files. It must be shut down before it is let go.
    private let fetcher: HTTPFetcher?
    private let interval: Duration
    private let logger: Logger
    private let requests = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameter interval: between two readings.
    init(reader: CalendarReader, fetcher: HTTPFetcher? = nil, interval: Duration, logger: Logger) {
        self.reader = reader
        self.fetcher = fetcher
        self.interval = interval
        self.logger = logger
    }

    /// Reads as soon as the reading under way is done.
    func refresh() {
        requests.continuation.yield()
    }

    /// Runs until the task is cancelled.
    func run(post: @escaping @Sendable (RoomInput) -> Void) async {
        let requests = requests.continuation
        let interval = interval
        requests.yield()
        var last: String?
        var lastRemark: String?
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        for await _ in self.requests.stream {
            post(.calendarReadingBegins)
            let reading = CalendarReading(await reader.read(at: MonotonicClock.wallTime))
            if Task.isCancelled { break }
            let problem = reading.problem
            if problem != last, let problem {
                logger.warning("a calendar cannot be read", metadata: ["reason": "\(problem)"])
            }
            last = problem
            let remark = reading.remark
            if remark != lastRemark, let remark {
                logger.warning("not every calendar event could be read", metadata: ["reason": "\(remark)"])
            }
            lastRemark = remark
            post(.calendar(reading))
            timer?.cancel()
            timer = Task {
                guard (try? await Task.sleep(for: interval)) != nil else { return }
                requests.yield()
            }
        }
        await fetcher?.shutdown()
    }
}

extension CalendarFeed {
    /// The feed of all `[[calendar]]` sections; nil when there are none.
    convenience init?(_ configuration: RoomConfiguration, logger: Logger) throws {
        guard !configuration.calendars.isEmpty else { return nil }
        let services = configuration.services.compactMap { service in
            Origin(url: service.url).map { LinkRules.Service(name: service.name, origin: $0) }
        }
        let settings = try ICalendar.Settings(
            zone: configuration.room.timezone ?? LocalTime.systemZone, address: configuration.room.address,
            rules: LinkRules(services: services))
        let isOnWeb = configuration.calendars.contains { !$0.isFile }
        let fetcher = isOnWeb ? try HTTPFetcher(HTTPFetcher.Options(calendars: settings.limits)) : nil
        let sources = try configuration.calendars.map { calendar -> any CalendarSource in
            guard let fetcher, !calendar.isFile else { return try FileCalendarSource(url: calendar.url) }
            return try HTTPCalendarSource(url: calendar.url, fetcher: fetcher)
        }
        self.init(
            reader: CalendarReader(sources: sources, settings: settings) { name in
                logger.info("a calendar is slow to answer; waiting on", metadata: ["calendar": "\(name)"])
            }, fetcher: fetcher,
            interval: configuration.calendars.map(\.refresh).min() ?? .seconds(60), logger: logger)
    }
}

extension RoomConfiguration.Calendar {
    fileprivate var isFile: Bool { url.lowercased().hasPrefix("file:") }
}

extension CalendarReading {
    fileprivate init(_ snapshot: CalendarSnapshot) {
        self =
            snapshot.hasNothing
            ? .failed(snapshot.problem ?? "no calendar could be read")
            : .events(snapshot.events, problem: snapshot.problem, remark: snapshot.remark)
    }

    fileprivate var problem: String? {
        switch self {
        case .unconfigured: nil
        case .events(_, let problem, _): problem
        case .failed(let problem): problem
        }
    }

    fileprivate var remark: String? {
        if case .events(_, _, let remark) = self { remark } else { nil }
    }
}
