import ControlAPI
import JSON

/// Writes the notifications of one publication: what is the same for many clients is made into text once.
struct NotificationText {
    private var patch: JSONValue?
    private var patchText = ""
    private var eventText: String?

    mutating func line(for notification: StateFeed.Notification) -> [UInt8] {
        if patch != notification.patch {
            patch = notification.patch
            patchText = notification.patch.text
        }
        let text =
            "{\"jsonrpc\":\"2.0\",\"method\":\"state.changed\",\"params\":{"
            + "\"subscription\":\(notification.subscription),\"revision\":\(notification.revision),\"patch\":\(patchText)}}"
        return Array(text.utf8)
    }

    /// All notifications must be of the same event.
    mutating func line(for notification: EventFeed.Notification) -> [UInt8] {
        let shared = eventText ?? notification.event.data.text
        eventText = shared
        let text =
            "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":\(notification.subscription),"
            + "\"sequence\":\(notification.sequence),\"time\":\"\(notification.time)\","
            + "\"name\":\"\(notification.event.name.rawValue)\",\"data\":\(shared)}}"
        return Array(text.utf8)
    }
}
