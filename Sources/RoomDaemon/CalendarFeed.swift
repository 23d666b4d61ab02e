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
    private let interval: Duration
    private let logger: Logger
    private let requests = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameter interval: between two readings.
    init(reader: CalendarReader, interval: Duration, logger: Logger) {
        self.reader = reader
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
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        for await _ in self.requests.stream {
            let reading = CalendarReading(await reader.read(at: MonotonicClock.wallTime))
            if Task.isCancelled { return }
            let problem = reading.problem
            if problem != last, let problem {
                logger.warning("a calendar cannot be read", metadata: ["reason": "\(problem)"])
            }
            last = problem
            post(.calendar(reading))
            timer?.cancel()
            timer = Task {
                guard (try? await Task.sleep(for: interval)) != nil else { return }
                requests.yield()
            }
        }
    }
}

extension CalendarFeed {
    /// The feed of all `[[calendar]]` sections; nil when there are none.
    convenience init?(_ configuration: RoomConfiguration, logger: Logger) throws {
        guard !configuration.calendars.isEmpty else { return nil }
        let fetcher = try HTTPFetcher()
        let sources = try configuration.calendars.map { calendar -> any CalendarSource in
            calendar.url.lowercased().hasPrefix("file:")
                ? try FileCalendarSource(url: calendar.url)
                : try HTTPCalendarSource(url: calendar.url, fetcher: fetcher)
        }
        let services = configuration.services.compactMap { service in
            Origin(url: service.url).map { LinkRules.Service(name: service.name, origin: $0) }
        }
        let settings = try ICalendar.Settings(
            zone: configuration.room.timezone ?? LocalTime.systemZone, address: configuration.room.address,
            rules: LinkRules(services: services))
        self.init(
            reader: CalendarReader(sources: sources, settings: settings),
            interval: configuration.calendars.map(\.refresh).min() ?? .seconds(60), logger: logger)
    }
}

extension CalendarReading {
    fileprivate init(_ snapshot: CalendarSnapshot) {
        self =
            snapshot.hasNothing
            ? .failed(snapshot.problem ?? "no calendar could be read")
            : .events(snapshot.events, problem: snapshot.problem)
    }

    fileprivate var problem: String? {
        switch self {
        case .unconfigured: nil
        case .events(_, let problem): problem
        case .failed(let problem): problem
        }
    }
}
