/// The reason for a decision: a stable code for programs and a sentence for people.
public struct Why: Hashable, Sendable {
    /// Dotted, stable, documented in `Docs/control-api.md`.
    public let code: String
    public let text: String

    public init(code: String, text: String) {
        self.code = code
        self.text = text
    }
}

extension Why {
    static let due = Why(code: "join.due", text: "The meeting is due and the room joins by itself.")
    static let waiting = Why(code: "join.waiting", text: "The room will join by itself when the meeting is due.")
    static let cancelled = Why(code: "event.cancelled", text: "The organizer cancelled the meeting.")
    static let declined = Why(code: "event.declined", text: "The room has declined the invitation.")
    static let allDay = Why(code: "event.allDay", text: "Entries for whole days are not joined by themselves.")
    static let noLink = Why(code: "link.none", text: "The entry holds no meeting address.")
    static let button = Why(code: "policy.button", text: "The room joins only when somebody presses the button.")
    static let notAccepted = Why(code: "policy.accepted", text: "The room joins only invitations that it has accepted.")
    static let organizer = Why(code: "policy.organizers", text: "The organizer may not make this room join.")
    static let left = Why(code: "left.purpose", text: "Somebody left this meeting on purpose.")
    static let dismissed = Why(code: "left.dismissed", text: "Somebody dismissed this meeting.")
    static let ended = Why(code: "event.ended", text: "The meeting is over.")
    static let endedByHost = Why(code: "left.ended", text: "The meeting was ended or the room was removed from it.")
    static let tooLate = Why(code: "missed.late", text: "The meeting had been running too long to be joined.")
    static let over = Why(code: "missed.over", text: "The meeting was over before the room could join it.")
    static let busy = Why(code: "missed.busy", text: "The room was in another meeting.")
    static let missed: Set<Why> = [.tooLate, .over, .busy]
    static let resumed = Why(code: "join.resumed", text: "The room was in this meeting and goes back to it.")
    static let joining = Why(code: "join.now", text: "The room is joining.")
    static let joined = Why(code: "join.done", text: "The room is in the meeting.")
    static let same = Why(code: "join.same", text: "The room is in this meeting already, by another entry.")
    static let alone = Why(code: "leave.alone", text: "The meeting's time is over and the room was alone in it.")
    static let deserted = Why(code: "leave.deserted", text: "Everybody else has left the meeting.")
    static let overstay = Why(code: "leave.overstay", text: "The meeting ran longer past its end than the room allows.")
    static let nextNeedsRoom = Why(
        code: "leave.next", text: "The meeting's time is over and the next one needs the room.")
    static let moved = Why(code: "event.moved", text: "The meeting was moved.")
    static let removed = Why(code: "event.removed", text: "The entry is no longer in the calendar.")

    /// - Parameter url: an address that only wants a service in the configuration is told which.
    static func unsupported(_ service: String, _ url: String) -> Why {
        guard let origin = Origin(url: url), LinkRules.servedSchemes.contains(origin.scheme) else {
            return Why(code: "link.unsupported", text: "The meeting is on \(service), which this room cannot join.")
        }
        return Why(
            code: "link.unsupported",
            text:
                "The meeting is on \(service), which is no [[service]] of this room's configuration. To have the room "
                + "join meetings there, add [[service]] with name = \"\(origin.host)\" and "
                + "url = \"\(origin.scheme)://\(origin.host):\(origin.port)\" to it, and restart roomd.")
    }

    static func invalid(_ flaw: String) -> Why {
        Why(code: "link.invalid", text: "The meeting's address cannot be used: \(flaw). Correct it in the invitation.")
    }

    static func occupied(by title: String) -> Why {
        Why(code: "join.occupied", text: "The room is in “\(title)” and joins when that meeting's time is over.")
    }

    static func blocked(by title: String) -> Why {
        Why(code: "join.blocked", text: "The room is in “\(title)”, whose time ends too late for this one.")
    }

    static let occupiedWithoutEnd = Why(
        code: "join.adhoc", text: "The room is in another meeting; leave that one, and it joins this one.")
}
