public import Base
import JSON

/// The events feed (`events.subscribe`): each subscription gets the events it named, counted by one, so that a gap is
/// visible.
public struct EventFeed: Sendable {
    /// An `event` notification for one client.
    public struct Notification: Hashable, Sendable {
        public let client: ClientID
        public let subscription: Int
        public let sequence: Int
        public let time: UTCTime
        public let event: RoomEvent

        public var request: RPCRequest {
            RPCRequest(
                id: nil, method: "event",
                parameters: [
                    "subscription": .integer(Int64(subscription)), "sequence": .integer(Int64(sequence)),
                    "time": .instant(time), "name": .string(event.name.rawValue), "data": event.data,
                ])
        }
    }

    private struct Subscription {
        let client: ClientID
        /// Empty: all.
        let names: Set<EventName>
        var sequence: Int
    }

    /// Subscriptions that one connection may hold.
    public static let subscriptionLimit = 32

    private var subscriptions: [Int: Subscription] = [:]
    private var lastSubscription = 0

    public init() {}

    public mutating func subscribe(_ client: ClientID, to names: Set<EventName>) throws(RPCError) -> Int {
        guard subscriptions.values.count(where: { $0.client == client }) < Self.subscriptionLimit else {
            throw RPCError(
                .limitExceeded, "A connection holds at most \(Self.subscriptionLimit) event subscriptions.")
        }
        lastSubscription += 1
        subscriptions[lastSubscription] = Subscription(client: client, names: names, sequence: 0)
        return lastSubscription
    }

    public mutating func unsubscribe(_ subscription: Int, by client: ClientID) throws(RPCError) {
        guard subscriptions[subscription]?.client == client else {
            throw .invalidParameter("subscription", "This connection has no event subscription \(subscription).")
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

    /// - Returns: what to send, in the order of the subscriptions.
    public mutating func publish(_ event: RoomEvent, at time: UTCTime) -> [Notification] {
        var notifications: [Notification] = []
        for number in subscriptions.keys.sorted() {
            guard let subscription = subscriptions[number],
                subscription.names.isEmpty || subscription.names.contains(event.name)
            else { continue }
            subscriptions[number]?.sequence += 1
            notifications.append(
                Notification(
                    client: subscription.client, subscription: number, sequence: subscription.sequence + 1,
                    time: time, event: event))
        }
        return notifications
    }
}
