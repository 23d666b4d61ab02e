import Base
import RTP
import Synchronization
import Transport
import WebRTC

/// Keeps what a connection delivers, and lets a test wait for it.
final class Recorder: MediaSink {
    struct Record: Sendable {
        var events: [PeerConnection.Event] = []
        var audio: [[UInt8]] = []
        var video: [[UInt8]] = []
        var relays: [RelayReport] = []
        var stunServers: [SocketAddress: Bool] = [:]
    }

    private struct Content {
        var record = Record()
        var waiters: [(condition: @Sendable (Record) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let content = Mutex(Content())
    /// Called with each event, on the media thread.
    private let onEvent: @Sendable (PeerConnection.Event) -> Void

    init(onEvent: @escaping @Sendable (PeerConnection.Event) -> Void = { _ in }) {
        self.onEvent = onEvent
    }

    var record: Record { content.withLock { $0.record } }

    /// Returns once the condition holds; the test's time limit ends a wait in vain.
    func wait(for condition: @escaping @Sendable (Record) -> Bool) async {
        await withCheckedContinuation { continuation in
            let holds = content.withLock { content in
                if condition(content.record) { return true }
                content.waiters.append((condition, continuation))
                return false
            }
            if holds { continuation.resume() }
        }
    }

    func event(_ event: PeerConnection.Event) {
        update { $0.events.append(event) }
        onEvent(event)
    }

    func relay(_ report: RelayReport) {
        update { $0.relays.append(report) }
    }

    func stunServer(_ server: SocketAddress, answers: Bool) {
        update { $0.stunServers[server] = answers }
    }

    func audio(_ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
        let bytes = payload.withUnsafeBufferPointer { Array($0) }
        update { $0.audio.append(bytes) }
    }

    func video(_ frame: ReceivedVideoFrame, frame bytes: inout [UInt8]) {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        update { [taken] in $0.video.append(taken) }
    }

    private func update(_ change: (inout Record) -> Void) {
        let ready = content.withLock { content in
            change(&content.record)
            let record = content.record
            let ready = content.waiters.filter { $0.condition(record) }
            content.waiters.removeAll { $0.condition(record) }
            return ready.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }
}
