/// The rules by which a meeting's address is found in a calendar entry. They are data: a new service is a new row.
public struct LinkRules: Hashable, Sendable {
    /// A configured service of this room: an address is its own when scheme, host and port are equal.
    public struct Service: Hashable, Sendable {
        public var name: String
        public var origin: Origin

        public init(name: String, origin: Origin) {
            self.name = name
            self.origin = origin
        }
    }

    /// A meeting service that the room knows by name but cannot join.
    public struct Foreign: Hashable, Sendable {
        public var name: String
        /// Host names; a leading dot matches every subdomain.
        public var hosts: [String]
        /// What the path must begin with for the address to be a meeting; empty for any.
        public var paths: [String]

        public init(name: String, hosts: [String], paths: [String] = []) {
            self.name = name
            self.hosts = hosts
            self.paths = paths
        }
    }

    /// A service that rewrites links in mail (to check them on a click) so that they hide where they lead.
    public struct Wrapper: Hashable, Sendable {
        public enum Encoding: Hashable, Sendable {
            /// The address is the percent-encoded value of this query parameter.
            case parameter(String)
            /// The address stands plainly between two marks.
            case betweenMarks(String, String)
        }

        /// Host names; a leading dot matches every subdomain.
        public var hosts: [String]
        /// What the path begins with.
        public var path: String
        public var encoding: Encoding

        public init(hosts: [String], path: String = "", encoding: Encoding) {
            self.hosts = hosts
            self.path = path
            self.encoding = encoding
        }
    }

    public var services: [Service]
    public var foreign: [Foreign]
    public var wrappers: [Wrapper]

    public init(
        services: [Service], foreign: [Foreign] = LinkRules.knownForeign,
        wrappers: [Wrapper] = LinkRules.knownWrappers
    ) {
        self.services = services
        self.foreign = foreign
        self.wrappers = wrappers
    }

    public static let knownForeign: [Foreign] = [
        Foreign(
            name: "Zoom", hosts: ["zoom.us", ".zoom.us", "zoom.com", ".zoom.com", ".zoomgov.com"],
            paths: ["/j/", "/my/", "/w/", "/s/", "/wc/"]),
        Foreign(
            name: "Microsoft Teams",
            hosts: [
                "teams.microsoft.com", "teams.live.com", "teams.microsoft.us", "gov.teams.microsoft.us",
                "dod.teams.microsoft.us", "teams.cloud.microsoft",
            ],
            paths: ["/l/meetup-join/", "/meet/"]),
        Foreign(name: "Google Meet", hosts: ["meet.google.com"]),
        Foreign(name: "Google Meet", hosts: ["g.co"], paths: ["/meet/"]),
        Foreign(name: "Webex", hosts: [".webex.com"]),
        Foreign(name: "Jitsi Meet", hosts: ["meet.jit.si", "8x8.vc"]),
        Foreign(name: "GoTo Meeting", hosts: ["meet.goto.com", ".gotomeeting.com", "gotomeet.me"]),
        Foreign(name: "Whereby", hosts: ["whereby.com", ".whereby.com"]),
        Foreign(name: "BlueJeans", hosts: ["bluejeans.com", ".bluejeans.com"]),
        Foreign(name: "Skype", hosts: ["join.skype.com", "meet.lync.com"]),
        Foreign(name: "Amazon Chime", hosts: ["chime.aws", "app.chime.aws"]),
        Foreign(name: "RingCentral", hosts: ["v.ringcentral.com", "meetings.ringcentral.com"]),
        Foreign(name: "BigBlueButton", hosts: [".bigbluebutton.org"]),
        Foreign(name: "Tencent Meeting", hosts: ["meeting.tencent.com"], paths: ["/dm/", "/p/", "/s/"]),
        Foreign(name: "VooV Meeting", hosts: ["voovmeeting.com"], paths: ["/dm/", "/p/", "/s/"]),
        Foreign(name: "Lark", hosts: ["vc.larksuite.com", "vc.feishu.cn"]),
        Foreign(name: "Element Call", hosts: ["call.element.io"]),
        Foreign(name: "Slack", hosts: ["app.slack.com"], paths: ["/huddle/"]),
    ]

    public static let knownWrappers: [Wrapper] = [
        Wrapper(hosts: [".safelinks.protection.outlook.com"], encoding: .parameter("url")),
        Wrapper(hosts: [".safelinks.protection.office365.us"], encoding: .parameter("url")),
        Wrapper(
            hosts: ["statics.teams.cdn.office.net"], path: "/evergreen-assets/safelinks/", encoding: .parameter("url")),
        Wrapper(hosts: ["www.google.com", "google.com"], path: "/url", encoding: .parameter("q")),
        Wrapper(hosts: ["www.google.com", "google.com"], path: "/url", encoding: .parameter("url")),
        Wrapper(
            hosts: ["urldefense.com", "urldefense.proofpoint.com"], path: "/v3/", encoding: .betweenMarks("__", "__;")),
        Wrapper(hosts: ["linkprotect.cudasvc.com"], path: "/url", encoding: .parameter("a")),
    ]

    /// Schemes that only ever mean a meeting: an address with one of them is a meeting even at an unknown host.
    public static let meetingSchemes: Set<String> = ["janus+ws", "janus+wss", "meet+ws", "meet+wss"]

    /// Of these, what this version cannot join even at a configured service.
    public static let unservedSchemes: Set<String> = ["meet+ws", "meet+wss"]

    /// Of these, what is joined as soon as a service of the configuration has the address's scheme, host and port.
    static let servedSchemes = meetingSchemes.subtracting(unservedSchemes)

    /// The query parameter that names the meeting, by the scheme: an address without it leads nowhere. In lower case.
    public static let meetingParameters = ["janus+ws": "room", "janus+wss": "room"]
}
