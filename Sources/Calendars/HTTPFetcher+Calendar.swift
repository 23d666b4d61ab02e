public import Signaling

extension HTTPFetcher.Options {
    /// As much is fetched as the parser reads: there is one limit.
    public init(calendars limits: ICalendarLimits) {
        self.init()
        largestBody = limits.bytes
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
