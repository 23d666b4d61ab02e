import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// How a document was last time, for asking whether it has changed (RFC 9110 §13.1).
public struct HTTPValidators: Hashable, Sendable {
    public var etag: String?
    public var lastModified: String?

    public init(etag: String? = nil, lastModified: String? = nil) {
        self.etag = etag
        self.lastModified = lastModified
    }
}

/// What a fetch gave.
public enum HTTPResult: Hashable, Sendable {
    /// It is still as the validators say.
    case notModified
    case body([UInt8], contentType: String?, HTTPValidators)
}

/// Gets documents over HTTP and HTTPS: at most five redirects, a cap on the size, and a time limit for the whole.
///
/// Call `shutdown()` before letting go of it.
public final class HTTPFetcher: Sendable {
    public struct Options: Sendable {
        public var trust = TrustSettings()
        /// From the request to the last byte of the answer, redirects included.
        public var timeout = Duration.seconds(30)
        public var connectTimeout = Duration.seconds(10)
        /// In bytes. Compression is not offered, so no small answer can grow.
        public var largestBody = 10 << 20
        public var userAgent = "roomd"

        public init() {}
    }

    private let options: Options
    private let client: HTTPClient

    public init(_ options: Options = Options()) throws(SignalingError) {
        self.options = options
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = try options.trust.configuration()
        configuration.redirectConfiguration = .follow(max: 5, allowCycles: false)
        configuration.timeout.connect = .nanoseconds(options.connectTimeout.nanoseconds)
        configuration.timeout.read = .nanoseconds(options.timeout.nanoseconds)
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    public func shutdown() async {
        try? await client.shutdown()
    }

    /// - Parameters:
    ///   - url: `http://` or `https://`.
    ///   - headers: more of the request, for instance `Authorization`; not passed on to other hosts.
    ///   - validators: of the document as it is known.
    public func get(
        _ url: String, headers: [(name: String, value: String)] = [], validators: HTTPValidators? = nil
    ) async throws(SignalingError) -> HTTPResult {
        guard url.lowercased().hasPrefix("http://") || url.lowercased().hasPrefix("https://") else {
            throw .invalidAddress("expected http:// or https://, but got \(url.prefix(60))")
        }
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: options.userAgent)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let etag = validators?.etag { request.headers.add(name: "If-None-Match", value: etag) }
        if let date = validators?.lastModified { request.headers.add(name: "If-Modified-Since", value: date) }
        do {
            return try await Self.within(options.timeout) { [self, request] in try await answer(to: request) }
        } catch {
            throw Self.meaning(error, largest: options.largestBody)
        }
    }

    private func answer(to request: HTTPClientRequest) async throws -> HTTPResult {
        let response = try await client.execute(request, timeout: .nanoseconds(options.timeout.nanoseconds))
        switch response.status.code {
        case 304: return .notModified
        case 200..<300:
            let body = try await response.body.collect(upTo: options.largestBody)
            return .body(
                Array(body.readableBytesView), contentType: response.headers.first(name: "Content-Type"),
                HTTPValidators(
                    etag: response.headers.first(name: "ETag"),
                    lastModified: response.headers.first(name: "Last-Modified")))
        default:
            throw SignalingError.refused(status: Int(response.status.code), response.status.reasonPhrase)
        }
    }

    /// The client's own limit ends with the head of the answer; this one holds for the body too.
    private static func within(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> HTTPResult
    ) async throws -> HTTPResult {
        try await withThrowingTaskGroup(of: HTTPResult.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: limit)
                throw SignalingError.timeout("no whole answer within \(limit)")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw SignalingError.cancelled }
            return first
        }
    }

    private static func meaning(_ error: any Error, largest: Int) -> SignalingError {
        if error is NIOTooManyBytesError { return .tooLarge("the document has more than \(largest) bytes") }
        guard let error = error as? HTTPClientError else { return SignalingError(error, doing: "fetching") }
        switch error {
        case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout:
            return .timeout("no answer in time")
        case .redirectLimitReached, .redirectCycleDetected: return .protocolViolation("it redirects without end")
        case .invalidURL, .emptyHost, .emptyScheme: return .invalidAddress("\(error)")
        case .cancelled: return .cancelled
        case .remoteConnectionClosed: return .unreachable("the server closed the connection")
        default: return .protocolViolation("\(error)")
        }
    }
}
