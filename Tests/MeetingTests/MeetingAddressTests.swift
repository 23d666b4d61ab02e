import Testing

@testable import Meeting

@Suite struct MeetingAddressTests {
    @Test func readsAllParts() throws {
        let address = try MeetingAddress("JANUS+WSS://Conf.Example.org:9443/janus?room=1234&pin=s%20e%26c")
        #expect(address.scheme == .janusSecure)
        #expect(address.host == "conf.example.org")
        #expect(address.port == 9443)
        #expect(address.room == "1234")
        #expect(address.passcode == "s e&c")
        #expect(address.webSocketURL == "wss://conf.example.org:9443/janus")
    }

    @Test func defaultsToJanussPorts() throws {
        #expect(try MeetingAddress("janus+ws://127.0.0.1?room=1").port == 8188)
        #expect(try MeetingAddress("janus+wss://h/?room=1").port == 8989)
        #expect(try MeetingAddress("janus+ws://[::1]:81/?room=1").webSocketURL == "ws://[::1]:81/")
    }

    @Test func keepsTextRooms() throws {
        let address = try MeetingAddress("janus+ws://h/?pin=1&room=%E4%BC%9A%E8%AE%AE%E5%AE%A4")
        #expect(address.room == "会议室")
        #expect(try MeetingAddress(address.textWithSecrets) == address)
    }

    @Test func showsNoSecret() throws {
        let address = try MeetingAddress("janus+ws://h:1/?room=7&pin=geheim")
        #expect("\(address)" == "janus+ws://h:1/?room=7")
        #expect(address.textWithSecrets == "janus+ws://h:1/?room=7&pin=geheim")
    }

    @Test func knowsItsService() throws {
        let service = try MeetingAddress("janus+ws://127.0.0.1:8188")
        #expect(service.room == nil)
        #expect(try MeetingAddress("janus+ws://127.0.0.1/?room=1").isSameService(as: service))
        #expect(try !MeetingAddress("janus+ws://127.0.0.1:8189/?room=1").isSameService(as: service))
        #expect(try !MeetingAddress("janus+wss://127.0.0.1:8188/?room=1").isSameService(as: service))
    }

    @Test(arguments: [
        "", "janus+ws:/h", "https://zoom.us/j/1", "janus+ws://", "janus+ws:///?room=1", "janus+ws://h:0/",
        "janus+ws://h:x/",
        "janus+ws://h:99999/", "janus+ws://u@h/", "janus+ws://[::1/", "janus+ws://[::1]x/", "janus+ws://h/?room=%zz",
        "janus+ws://h/?room=%C3", "janus+ws://a b/", "janus+ws://::1/",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(throws: MeetingAddressError.self) { try MeetingAddress(text) }
    }
}
