import Codecs
import Conferencing
import Testing
import WebRTC

@testable import RoomDaemon

@Suite struct CodecHealthTests {
    @Test func healthSaysWhatIsSentInstead() {
        #expect(CodecHealth.problem(wanted: .vp9, .encoded(.vp9)) == nil)
        #expect(CodecHealth.problem(wanted: .vp9, .unsettled) == nil)
        #expect(
            CodecHealth.problem(wanted: .vp9, .encoded(.vp8))
                == "The meeting takes no VP9, which [video] codec asks for: the room's picture is sent as VP8.")
        #expect(CodecHealth.problem(wanted: .vp8, .encoded(.vp9))?.hasSuffix("is sent as VP9.") == true)
        #expect(
            CodecHealth.problem(wanted: .vp8, .refused)
                == "The meeting takes neither VP8 nor VP9: the room's picture is not sent.")
    }
}
