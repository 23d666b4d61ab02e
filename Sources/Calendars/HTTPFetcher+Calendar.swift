public import Signaling

extension HTTPFetcher.Options {
    /// As much is fetched as the parser reads: there is one limit. Some servers gather a calendar for many seconds: what
    /// takes longer than 30 s ends with the fetcher's own words, just before the reader's patience does.
    public init(calendars limits: ICalendarLimits) {
        self.init()
        largestBody = limits.bytes
        timeout = .seconds(30)
    }
}

extension HTTPCalendarSource {
    /// A calendar that `fetcher` gets; it must stay open as long as the source is used.
    public init(url: String, fetcher: HTTPFetcher) throws(CalendarError) {
        try self.init(url: url) { url, validators in
            let known = validators.map { HTTPValidators(etag: $0.etag, lastModified: $0.lastModified) }
            switch try await fetcher.get(url, headers: [("Accept", "text/calendar")], validators: known) {
            case .notModified: return .notModified
            case .body(let bytes, _, let new):
                return .body(bytes, Validators(etag: new.etag, lastModified: new.lastModified))
            }
        }
    }
}
