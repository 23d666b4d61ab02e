import CICal
import Scheduling

/// What an entry is about, as far as the room cares: read only of entries that fall into the window.
struct EntryDetails {
    var title = ""
    var status = CalendarEvent.Status.confirmed
    var organizer: String?
    var participation: CalendarEvent.Participation?
    var link = MeetingLink.none

    /// Longer titles are cut (characters).
    private static let longestTitle = 500

    /// - Parameter address: the room's mailbox in lower case.
    init(_ component: borrowing Component, address: String?, finder: LinkFinder) {
        var texts: [(field: LinkFinder.Field, text: String)] = []
        var details = (
            title: "", status: CalendarEvent.Status.confirmed, organizer: String?.none,
            participation: CalendarEvent.Participation?.none
        )
        component.forEachProperty { property in
            switch property.kind {
            case ICAL_SUMMARY_PROPERTY: details.title = Self.title(property.value)
            case ICAL_STATUS_PROPERTY: details.status = Self.status(property.value)
            case ICAL_ORGANIZER_PROPERTY: details.organizer = Self.mailbox(property.value)
            case ICAL_ATTENDEE_PROPERTY:
                guard let address, Self.is(property, address) else { break }
                details.participation = Self.participation(property.parameter("PARTSTAT"))
            case ICAL_URL_PROPERTY: texts.append((.url, property.value))
            case ICAL_LOCATION_PROPERTY: texts.append((.location, property.value))
            case ICAL_DESCRIPTION_PROPERTY: texts.append((.description, property.value))
            case ICAL_XLICERROR_PROPERTY: break
            default:
                if let field = Self.field(property.name) { texts.append((field, property.value)) }
            }
        }
        title = details.title
        status = details.status
        organizer = details.organizer
        participation = details.participation
        link = finder.link(in: texts)
    }

    /// Of properties that libical has no kind of its own for. CONFERENCE is of RFC 7986, STYLED-DESCRIPTION of RFC
    /// 9073; of X- properties every one that holds an address counts (X-GOOGLE-CONFERENCE,
    /// X-MICROSOFT-SKYPETEAMSMEETINGURL, X-MICROSOFT-ONLINEMEETINGCONFLINK, …).
    private static func field(_ name: String) -> LinkFinder.Field? {
        switch name {
        case "CONFERENCE": .conference
        case "X-ALT-DESC", "STYLED-DESCRIPTION": .alternativeDescription
        default: name.hasPrefix("X-") ? .extensionProperty : nil
        }
    }

    private static func title(_ text: String) -> String {
        let line = text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ")
        let shown = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String(String.UnicodeScalarView(shown)).prefix(longestTitle))
    }

    private static func status(_ text: String) -> CalendarEvent.Status {
        switch text.uppercased() {
        case "CANCELLED": .cancelled
        case "TENTATIVE": .tentative
        default: .confirmed
        }
    }

    private static func participation(_ text: String?) -> CalendarEvent.Participation {
        switch text?.uppercased() {
        case "ACCEPTED": .accepted
        case "TENTATIVE": .tentative
        case "DECLINED": .declined
        default: .needsAction
        }
    }

    /// The address names the attendee, or its EMAIL parameter (RFC 7986) does.
    private static func `is`(_ attendee: Property, _ address: String) -> Bool {
        mailbox(attendee.value) == address || attendee.parameter("EMAIL").flatMap(mailbox) == address
    }

    /// A mail address in lower case without `mailto:`; nil for what is none.
    static func mailbox(_ text: String) -> String? {
        var address = text.filter { !$0.isWhitespace && $0 != "\"" && $0 != "<" && $0 != ">" }.lowercased()
        if address.hasPrefix("mailto:") { address.removeFirst("mailto:".count) }
        return address.contains("@") ? address : nil
    }
}
