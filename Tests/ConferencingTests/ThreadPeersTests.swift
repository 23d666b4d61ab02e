import Base
import DTLS
import Digests
import Glibc
import Janus
import Media
import Meeting
import Synchronization
import Testing
import Transport
import WebRTC

@testable import Conferencing

@Suite(.timeLimit(.minutes(1))) struct ThreadPeersTests {
    private final class Deaf: MediaSink {
        func event(_ event: PeerConnection.Event) {}
        func audio(_ packet: ReceivedAudioPacket, payload: Span<UInt8>) {}
        func video(_ frame: ReceivedVideoFrame, frame bytes: inout [UInt8]) {}
    }

    /// Holds up the media thread, and so what is asked of it, until the test lets it go on.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)

        func open() { isOpen.store(true, ordering: .releasing) }

        /// Returns when the thread is held up.
        func hold(_ thread: MediaThread, _ connection: ConnectionID) async {
            let (held, hold) = AsyncStream.makeStream(of: Void.self)
            Task {
                try? await thread.with(connection) { [self] _, _ in
                    hold.finish()
                    while !isOpen.load(ordering: .acquiring) { sched_yield() }
                }
            }
            for await _ in held {}
        }
    }

    @Test(arguments: [JanusPeer.publisher, .subscriber])
    func theEndMeetsADescriptionUnderWay(_ peer: JanusPeer) async throws {
        let thread = MediaThread()
        try thread.start()
        defer { thread.stop() }
        let certificate = try Certificate(at: MonotonicClock.wallTime)
        let configure: @Sendable () -> PeerConnection.Configuration = {
            PeerConnection.Configuration(
                certificate: certificate, seed: 1, iceEntropy: SecureRandom.bytes(24), cname: "test",
                wallTime: MonotonicClock.wallTime, wallTimeAt: MonotonicClock.now)
        }
        let (sender, connections, gate) = (ConferenceSender(), ConferenceConnections(thread: thread), Gate())
        defer { gate.open() }
        let other = try await thread.open(configure(), includeLoopback: true, sink: Deaf())
        await gate.hold(thread, other)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let peers = ThreadPeers(
            thread: thread,
            configuration: {
                begin.finish()
                return configure()
            }, includeLoopback: true, sender: sender, connections: connections
        ) { PeerSink($0, media: DeafSink(), meter: LevelMeter()) { _ in } }
        let work = Task { () -> Bool in
            do {
                switch peer {
                case .publisher: _ = try await peers.makePublisherOffer([.audio, .video])
                case .subscriber: _ = try await peers.answerSubscriberOffer("v=0\r\n")
                }
                return true
            } catch {
                return false
            }
        }
        for await _ in begun {}
        await peers.shutDown()
        gate.open()
        #expect(await !work.value)
        #expect(connections.publisher == nil && connections.subscriber == nil)
        #expect(!sender.isConnectedForAudio && sender.pictures(of: .video) == .unsettled)
        // Nor does it begin anything anew.
        await #expect(throws: (any Error).self) { try await peers.makePublisherOffer([.audio]) }
        #expect(connections.publisher == nil)
    }
}
