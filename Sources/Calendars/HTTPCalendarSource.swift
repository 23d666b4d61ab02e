/// A calendar on a web server, asked each time whether it has changed.
public actor HTTPCalendarSource: CalendarSource {
    /// How the text was last time (RFC 9110 §13.1).
    public struct Validators: Hashable, Sendable {
        public var etag: String?
        public var lastModified: String?

        public init(etag: String? = nil, lastModified: String? = nil) {
            self.etag = etag
            self.lastModified = lastModified
        }
    }

    public enum FetchResult: Hashable, Sendable {
        /// It is still as the validators say.
        case notModified
        case body([UInt8], Validators)
    }

    /// Gets an `http://` or `https://` address. What it throws is shown to the administrator.
    public typealias Fetch = @Sendable (_ url: String, _ validators: Validators?) async throws -> FetchResult

    public nonisolated let name: String
    private let url: String
    private let fetch: Fetch
    private var known: (validators: Validators, document: CalendarDocument)?

    /// - Parameter url: `http://`, `https://` or `webcal://`, which is HTTPS by another name.
    public init(url: String, fetch: @escaping Fetch) throws(CalendarError) {
        let schemes = ["http://": "http://", "https://": "https://", "webcal://": "https://", "webcals://": "https://"]
        guard let scheme = schemes.keys.first(where: { url.lowercased().hasPrefix($0) }), let real = schemes[scheme],
            url.utf8.count > scheme.utf8.count
        else {
            throw .invalidSetting("expected a calendar address with https://, http:// or webcal://")
        }
        self.url = real + url.dropFirst(scheme.count)
        self.fetch = fetch
        // Path and query of a private calendar are its key.
        let host = url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }.split(separator: "@").last ?? ""
        name = real + host + "/…"
    }

    public func document() async throws(CalendarError) -> CalendarDocument {
        let result: FetchResult
        do {
            result = try await fetch(url, known?.validators)
        } catch {
            throw .unreadable("it could not be fetched: \(error)")
        }
        switch result {
        case .notModified:
            guard let known else { throw .unreadable("it says that nothing has changed since nothing was read") }
            return known.document
        case .body(let bytes, let validators):
            var document = CalendarDocument(bytes: bytes, revision: (known?.document.revision ?? 0) + 1)
            if let known, known.document.bytes == bytes { document = known.document }
            known = (validators, document)
            return document
        }
    }
}
