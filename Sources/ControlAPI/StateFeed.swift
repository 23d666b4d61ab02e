public import Base
public import JSON

/// The state feed (`state.get`, `state.subscribe`): a snapshot, then merge patches (RFC 7396) that each subscription
/// can follow without a gap.
///
/// Sans-IO: publish the derived tree as often as it changes, then drain `pollNotification()`; call `handleTimeout` at
/// `nextDeadline`. A change is told at once, those that follow closely together; a client that is about to get an
/// answer or an event is told before (`flush`). `level` values pass at most ten times a second; `meeting.elapsed` is
/// never patched.
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

    /// A tree that subscribers may be told of.
    private struct Version {
        var number = 0
        var tree: JSONValue = .object([:])
    }

    private struct Subscription {
        let client: ClientID
        let filter: StateFilter
        var revision = 0
        /// What it has been told.
        var told: Version
    }

    /// Each patch is made once for all subscriptions that need the same.
    private struct Difference: Hashable {
        let from: Int
        let filter: StateFilter
    }

    /// Between two rounds in which all subscribers are told: about as often as a display shows another picture, so that
    /// a burst of changes costs each client a few patches and not thousands.
    public static let changeInterval = Duration.milliseconds(33)
    /// Between two changes of `level` values.
    public static let levelInterval = Duration.milliseconds(100)
    /// Subscriptions that one connection may hold.
    public static let subscriptionLimit = 32
    private static let levelPaths = [["microphone", "level"], ["speaker", "level"]]

    /// What was published last.
    private var published: JSONValue = .object([:])
    private var publishedAt = Instant.zero
    /// The newest that subscribers may see: without `meeting.elapsed`, `level` values possibly older.
    private var newest = Version()
    /// The version that everybody has been told of.
    private var toldToAll = 0
    private var changesDue = Instant.zero
    private var levelsDue = Instant.zero
    private var subscriptions: [Int: Subscription] = [:]
    /// In the order in which they were made.
    private var byClient: [ClientID: [Int]] = [:]
    private var lastSubscription = 0
    private var notifications: [Notification] = []
    private var taken = 0

    public init() {}

    /// The tree that `RoomState.json` makes.
    /// - Parameter measured: when `meeting.elapsed` in it was right, if not now.
    public mutating func publish(_ state: JSONValue, measured: Instant? = nil, at now: Instant) {
        published = state
        publishedAt = measured ?? now
        if now >= changesDue {
            tellAll(at: now)
        } else {
            renew(holdingLevels: true, at: now)
        }
    }

    public mutating func handleTimeout(at now: Instant) {
        guard let deadline = nextDeadline, deadline <= now else { return }
        tellAll(at: now)
    }

    /// When what is held back becomes due; nil when nothing is.
    public var nextDeadline: Instant? {
        if newest.number != toldToAll { return changesDue }
        return levelsAreHeldBack ? max(changesDue, levelsDue) : nil
    }

    /// Tells one client, before its turn, of everything but levels: it is about to be sent what came of a change.
    public mutating func flush(_ client: ClientID) {
        guard let numbers = byClient[client] else { return }
        var patches: [Difference: JSONValue?] = [:]
        for number in numbers { tell(number, &patches) }
    }

    /// The value at a path, `meeting.elapsed` brought up to `now`.
    public func value(at path: StatePath, now: Instant) -> JSONValue {
        path.value(in: withElapsed(published, at: now))
    }

    public mutating func subscribe(
        _ client: ClientID, to paths: [StatePath], at now: Instant
    ) throws(RPCError) -> (subscription: Int, revision: Int, state: JSONValue) {
        guard byClient[client, default: []].count < Self.subscriptionLimit else {
            throw RPCError(
                .limitExceeded, "A connection holds at most \(Self.subscriptionLimit) state subscriptions.")
        }
        lastSubscription += 1
        let filter = StateFilter(paths)
        subscriptions[lastSubscription] = Subscription(client: client, filter: filter, told: newest)
        byClient[client, default: []].append(lastSubscription)
        return (lastSubscription, 0, filter.apply(to: withElapsed(newest.tree, at: now)))
    }

    public mutating func unsubscribe(_ subscription: Int, by client: ClientID) throws(RPCError) {
        guard subscriptions[subscription]?.client == client else {
            throw .invalidParameter("subscription", "This connection has no state subscription \(subscription).")
        }
        subscriptions[subscription] = nil
        byClient[client]?.removeAll { $0 == subscription }
        if byClient[client] == [] { byClient[client] = nil }
    }

    /// Whether a connection has a subscription here.
    public func serves(_ client: ClientID) -> Bool {
        byClient[client] != nil
    }

    /// Forgets a connection that is gone.
    public mutating func remove(_ client: ClientID) {
        for number in byClient.removeValue(forKey: client) ?? [] { subscriptions[number] = nil }
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

    private mutating func tellAll(at now: Instant) {
        renew(holdingLevels: now < levelsDue, at: now)
        guard newest.number != toldToAll else { return }
        toldToAll = newest.number
        changesDue = now + Self.changeInterval
        var patches: [Difference: JSONValue?] = [:]
        for number in subscriptions.keys.sorted() { tell(number, &patches) }
    }

    /// Makes what was published what subscribers may see.
    private mutating func renew(holdingLevels: Bool, at now: Instant) {
        let former = newest.tree
        var next = Self.withoutElapsed(published)
        if holdingLevels {
            for path in Self.levelPaths {
                guard let old = former.at(path), next.at(path) != nil else { continue }
                next.replace(path[...], with: old)
            }
        } else if Self.levelPaths.contains(where: { next.at($0) != former.at($0) }) {
            levelsDue = now + Self.levelInterval
        }
        if next != former { newest = Version(number: newest.number + 1, tree: next) }
    }

    private mutating func tell(_ number: Int, _ patches: inout [Difference: JSONValue?]) {
        guard var subscription = subscriptions[number], subscription.told.number != newest.number else { return }
        let filter = subscription.filter
        let difference = Difference(from: subscription.told.number, filter: filter)
        let patch: JSONValue?
        if let known = patches[difference] {
            patch = known
        } else {
            patch = filter.apply(to: subscription.told.tree).mergePatch(to: filter.apply(to: newest.tree))
            patches[difference] = .some(patch)
        }
        subscription.told = newest
        if let patch {
            subscription.revision += 1
            notifications.append(
                Notification(
                    client: subscription.client, subscription: number, revision: subscription.revision, patch: patch))
        }
        subscriptions[number] = subscription
    }

    private var levelsAreHeldBack: Bool {
        Self.levelPaths.contains { published.at($0) != newest.tree.at($0) }
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
