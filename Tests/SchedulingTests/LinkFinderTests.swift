import Scheduling
import TestSupport
import Testing

@Suite struct LinkFinderTests {
    private let finder = LinkFinder(
        rules: LinkRules(services: [
            .init(name: "corp", origin: Origin(scheme: "janus+wss", host: "sfu.example.org", port: 8989)),
            .init(name: "web", origin: Origin(scheme: "https", host: "meet.example.org", port: 443)),
        ]))

    private func link(_ text: String, _ field: LinkFinder.Field = .description) -> MeetingLink {
        finder.link(in: [(field, text)])
    }

    @Test func fieldsAreSearchedInTheirOrder() {
        let texts: [(field: LinkFinder.Field, text: String)] = [
            (.alternativeDescription, "https://meet.example.org/6"), (.description, "https://meet.example.org/5"),
            (.location, "https://meet.example.org/4"), (.url, "https://meet.example.org/3"),
            (.extensionProperty, "https://meet.example.org/2"), (.conference, "https://meet.example.org/1"),
        ]
        for count in 1...6 {
            #expect(finder.link(in: Array(texts.prefix(count))).url == "https://meet.example.org/\(7 - count)")
        }
    }

    @Test func anAddressOfThisRoomBeatsAForeignOneInAnEarlierField() {
        let found = finder.link(in: [
            (.conference, "https://zoom.us/j/123"), (.description, "or janus+wss://sfu.example.org/?room=7&pin=1"),
        ])
        #expect(found == .address("janus+wss://sfu.example.org/?room=7&pin=1"))
    }

    @Test func anAddressThatNamesAMeetingBeatsOneThatNamesNone() {
        let half = "janus+wss://sfu.example.org/?room="
        #expect(
            finder.link(in: [(.url, half), (.description, "or \(half)7 &c.")]) == .address(half + "7"))
        #expect(link("\(half) https://zoom.us/j/1") == .address(half), "what is wrong with it can be told, and mended")
        #expect(link(half).flaw != nil && link(half + "7").flaw == nil)
        #expect(link("https://meet.example.org/r/1").flaw == nil)
    }

    @Test func aServiceThatIsNotServedYetIsUnsupportedByItsName() {
        let finder = LinkFinder(
            rules: LinkRules(services: [
                .init(name: "corp", origin: Origin(scheme: "meet+wss", host: "meet.example.org", port: 7880))
            ]))
        let url = "meet+wss://meet.example.org/r/1"
        #expect(finder.link(in: [(.url, url)]) == .unsupported(service: "corp", url: url))
    }

    @Test(arguments: [
        ("https://us02web.zoom.us/j/84512345678?pwd=abc", "Zoom"),
        ("https://example.zoom.com/my/anna", "Zoom"),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%7d", "Microsoft Teams"),
        ("https://teams.microsoft.com/meet/31234?p=x", "Microsoft Teams"),
        ("https://teams.live.com/meet/9876", "Microsoft Teams"),
        ("https://meet.google.com/abc-defg-hij", "Google Meet"),
        ("https://example.webex.com/meet/anna", "Webex"), ("https://meet.jit.si/Room", "Jitsi Meet"),
        ("https://meeting.tencent.com/dm/abc", "Tencent Meeting"),
        ("janus+ws://other.example.org/?room=3", "other.example.org:8188"),
    ])
    func foreignServicesAreNamed(url: String, service: String) {
        #expect(link("Bitte hier: \(url)") == .unsupported(service: service, url: url))
    }

    @Test(arguments: [
        "https://zoom.us/u/abcd", "https://support.zoom.us/hc/en-us", "https://teams.microsoft.com/meetingOptions/?x=1",
        "https://aka.ms/JoinTeamsMeeting?omkt=en-US", "https://www.example.org/agenda", "tel:+49-30-1234",
        "zoom.us/j/1",
        "https://notzoom.us/j/1", "https://zoom.us.evil.test/j/1", "https://", "://", "http://:80/",
        "https://?x=zoom.us/j/",
    ])
    func whatIsNoMeetingIsNone(text: String) {
        #expect(link(text) == .none)
    }

    @Test(arguments: [
        "Join (https://meet.example.org/r/1).", "<https://meet.example.org/r/1>", "\"https://meet.example.org/r/1\"",
        "<a href=\"https://meet.example.org/r/1\">here</a>", "<a href='https://meet.example.org/r/1'>here</a>",
        "<p>https://meet.example.org/r/1<br/>Phone</p>", "https://meet.example.org/r/1, then coffee",
        "https://meet.example.org/r/1!", "[Join](https://meet.example.org/r/1)", "**https://meet.example.org/r/1**",
        "会议链接：https://meet.example.org/r/1。请准时", "链接https://meet.example.org/r/1请准时", "«https://meet.example.org/r/1»",
        "“https://meet.example.org/r/1”", "https://meet.example.org/r/1&nbsp;or by phone",
        "&lt;a href=&quot;https://meet.example.org/r/1&quot;&gt;", "https:&#x2F;&#x2F;meet.example.org&#47;r&sol;1",
        "Link-https://meet.example.org/r/1", "x\u{0}https://meet.example.org/r/1\u{0}",
        "https://meet.example.org/r/1\r\nBye",
        "https://meet.example.org/r/1\u{A0}Bye", "https://user@other.test/ https://meet.example.org/r/1",
    ])
    func addressesAreCutOutOfTheirSurroundings(text: String) {
        #expect(link(text) == .address("https://meet.example.org/r/1"))
    }

    @Test func schemesAndHostsAreComparedWithoutCaseAndPortsByValue() {
        #expect(link("HTTPS://Meet.Example.ORG/r/1") == .address("HTTPS://Meet.Example.ORG/r/1"))
        #expect(link("https://meet.example.org:443/r/1") == .address("https://meet.example.org:443/r/1"))
        #expect(link("https://meet.example.org:/r/1") == .address("https://meet.example.org:/r/1"))
        #expect(link("https://meet.example.org:+443/r/1") == .none)
        #expect(link("https://meet.example.org:8443/r/1") == .none)
        #expect(link("https://meet.example.org@evil.test/r/1") == .none)
        #expect(link("https://x@meet.example.org/r/1").url == "https://x@meet.example.org/r/1")
        #expect(Origin(url: "janus+ws://[::1]/?room=1") == Origin(scheme: "janus+ws", host: "[::1]", port: 8188))
        #expect(Origin(url: "janus+ws://[::1]:99/") == Origin(scheme: "janus+ws", host: "[::1]", port: 99))
    }

    @Test func ampersandsInHTMLAreOneCharacter() {
        let found = link("<a href=\"janus+wss://sfu.example.org/?room=7&amp;pin=12&amp;x=1\">", .alternativeDescription)
        #expect(found == .address("janus+wss://sfu.example.org/?room=7&pin=12&x=1"))
    }

    @Test func bracketsThatBelongToTheAddressStay() {
        #expect(link("https://meet.example.org/a(b) x").url == "https://meet.example.org/a(b)")
        #expect(link("(https://meet.example.org/a(b))").url == "https://meet.example.org/a(b)")
    }

    @Test(arguments: [
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmeet.example.org%2Fr%2F1&data=05%7C01",
        "https://eur01.safelinks.protection.outlook.com/ap/t-59/?url=https%3A%2F%2Fmeet.example.org%2Fr%2F1&amp;data=05",
        "https://www.google.com/url?q=https://meet.example.org/r/1&sa=D&source=calendar&usg=AOv",
        "https://www.google.com/url?sa=t&url=https%3a%2f%2fmeet.example.org%2fr%2f1",
        "https://urldefense.com/v3/__https://meet.example.org/r/1__;!!abc!def$",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fmeet.example.org%2fr%2f1&c=E,1",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D"
            + "https%253A%252F%252Fmeet.example.org%252Fr%252F1",
    ])
    func rewrittenLinksAreTakenForWhatTheyLeadTo(text: String) {
        #expect(link(text) == .address("https://meet.example.org/r/1"))
    }

    @Test func aRewrittenForeignLinkIsNamed() {
        let found = link(
            "https://nam.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F1%3Fpwd%3Dx&data=1")
        #expect(found == .unsupported(service: "Zoom", url: "https://zoom.us/j/1?pwd=x"))
    }

    @Test(arguments: ["%", "%4", "%zz", "%ff%fe", "https%3A", "%2B1"])
    func brokenRewrittenLinksAreNone(value: String) {
        #expect(link("https://eur01.safelinks.protection.outlook.com/?url=\(value)&data=1") == .none)
    }

    @Test func hugeTextsAreSearchedInBoundedTime() {
        let time = processorTime {
            #expect(link(String(repeating: "a", count: 2_000_000)) == .none)
            #expect(link(String(repeating: "://", count: 300_000)) == .none)
            #expect(link(String(repeating: "&", count: 1_000_000)) == .none)
            #expect(link("https://meet.example.org/" + String(repeating: "(", count: 1_000_000)) == .none)
            #expect(
                link("https://meet.example.org/" + String(repeating: ")", count: 8000))
                    == .address("https://meet.example.org/"))
        }
        #expect(time < .seconds(20))
    }
}
