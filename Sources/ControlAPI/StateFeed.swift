public import Base
public import JSON

/// The state feed (`state.get`, `state.subscribe`): a snapshot, then merge patches (RFC 7396) that each subscription
/// can follow without a gap.
///
/// Sans-IO: publish the derived tree as often as it changes, then drain `pollNotification()`; call `handleTimeout` at
/// `nextDeadline`. `level` values pass at most ten times a second; `meeting.elapsed` is never patched.
public struct StateFeed: Sendable {
    /// A `state.changed` notification for one client.
    public struct Notification: Hashable, Sendable {
        public let client: ClientID
        public let subscription: Int
        /// One more than the subscription's last.
        public let revision: Int
        public let patch: JSONValue

        public var request: RPCRequest {
            RPCRequest(
                id: nil, method: "state.changed",
                parameters: [
                    "subscription": .integer(Int64(subscription)), "revision": .integer(Int64(revision)),
                    "patch": patch,
                ])
        }
    }

    private struct Subscription {
        let client: ClientID
        let filter: StateFilter
        var revision: Int
    }

    /// Between two changes of `level` values.
    public static let levelInterval = Duration.milliseconds(100)
    /// Subscriptions that one connection may hold.
    public static let subscriptionLimit = 32
    private static let levelPaths = [["microphone", "level"], ["speaker", "level"]]

    /// What was published last.
    private var published: JSONValue = .object([:])
    private var publishedAt = Instant.zero
    /// What subscribers have been told: without `meeting.elapsed`, `level` values possibly older.
    private var told: JSONValue = .object([:])
    private var levelsDue = Instant.zero
    private var subscriptions: [Int: Subscription] = [:]
    private var lastSubscription = 0
    private var notifications: [Notification] = []
    private var taken = 0

    public init() {}

    /// The tree that `RoomState.json` makes.
    public mutating func publish(_ state: JSONValue, at now: Instant) {
        published = state
        publishedAt = now
        advance(to: now)
    }

    public mutating func handleTimeout(at now: Instant) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        advance(to: now)
    }

    /// When held-back levels become due; nil when nothing is held back.
    public var nextDeadline: Instant? {
        levelsAreHeldBack ? levelsDue : nil
    }

    /// The value at a path, `meeting.elapsed` brought up to `now`.
    public func value(at path: StatePath, now: Instant) -> JSONValue {
        path.value(in: withElapsed(published, at: now))
    }

    public mutating func subscribe(
        _ client: ClientID, to paths: [StatePath], at now: Instant
    ) throws(RPCError) -> (subscription: Int, revision: Int, state: JSONValue) {
        guard subscriptions.values.count(where: { $0.client == client }) < Self.subscriptionLimit else {
            throw RPCError(
                .limitExceeded, "A connection holds at most \(Self.subscriptionLimit) state subscriptions.")
        }
        lastSubscription += 1
        let filter = StateFilter(paths)
        subscriptions[lastSubscription] = Subscription(client: client, filter: filter, revision: 0)
        return (lastSubscription, 0, filter.apply(to: withElapsed(told, at: now)))
    }

    public mutating func unsubscribe(_ subscription: Int, by client: ClientID) throws(RPCError) {
        guard subscriptions[subscription]?.client == client else {
            throw .invalidParameter("subscription", "This connection has no state subscription \(subscription).")
        }
        subscriptions[subscription] = nil
    }

    /// Whether a connection has a subscription here.
    public func serves(_ client: ClientID) -> Bool {
        subscriptions.values.contains { $0.client == client }
    }

    /// Forgets a connection that is gone.
    public mutating func remove(_ client: ClientID) {
        subscriptions = subscriptions.filter { $0.value.client != client }
    }

    public mutating func pollNotification() -> Notification? {
        guard taken < notifications.count else {
            notifications.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return notifications[taken]
    }

    private mutating func advance(to now: Instant) {
        let former = told
        var next = Self.withoutElapsed(published)
        if now >= levelsDue {
            if Self.levelPaths.contains(where: { next.at($0) != former.at($0) }) {
                levelsDue = now + Self.levelInterval
            }
        } else {
            for path in Self.levelPaths {
                guard let old = former.at(path), next.at(path) != nil else { continue }
                next.replace(path[...], with: old)
            }
        }
        guard former != next else { return }
        told = next
        var patches: [StateFilter: JSONValue?] = [:]
        for number in subscriptions.keys.sorted() {
            guard let subscription = subscriptions[number] else { continue }
            let filter = subscription.filter
            let patch: JSONValue?
            if let known = patches[filter] {
                patch = known
            } else {
                patch = filter.apply(to: former).mergePatch(to: filter.apply(to: next))
                patches[filter] = .some(patch)
            }
            guard let patch else { continue }
            subscriptions[number]?.revision += 1
            notifications.append(
                Notification(
                    client: subscription.client, subscription: number, revision: subscription.revision + 1,
                    patch: patch))
        }
    }

    private var levelsAreHeldBack: Bool {
        Self.levelPaths.contains { published.at($0) != told.at($0) }
    }

    private func withElapsed(_ tree: JSONValue, at now: Instant) -> JSONValue {
        guard let elapsed = published.at(["meeting", "elapsed"])?.doubleValue,
            case .object(var members) = tree, case .object(var meeting)? = members["meeting"]
        else { return tree }
        let running = published.at(["meeting", "since"]) == nil ? 0 : max(0, (now - publishedAt).inSeconds)
        meeting["elapsed"] = .number(((elapsed + running) * 1000).rounded() / 1000)
        members["meeting"] = .object(meeting)
        return .object(members)
    }

    private static func withoutElapsed(_ tree: JSONValue) -> JSONValue {
        guard case .object(var members) = tree, case .object(var meeting)? = members["meeting"] else { return tree }
        meeting["elapsed"] = nil
        members["meeting"] = .object(meeting)
        return .object(members)
    }
}

extension JSONValue {
    fileprivate func at(_ path: [String]) -> JSONValue? {
        var value = self
        for name in path {
            guard let inner = value[name] else { return nil }
            value = inner
        }
        return value
    }

    fileprivate mutating func replace(_ path: ArraySlice<String>, with value: JSONValue) {
        guard let name = path.first else {
            self = value
            return
        }
        guard case .object(var members) = self else { return }
        members[name]?.replace(path.dropFirst(), with: value)
        self = .object(members)
    }
}
