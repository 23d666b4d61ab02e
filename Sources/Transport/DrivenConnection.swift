import Base
import ICE
import Media
import WebRTC

/// One peer connection with its sockets and those it talks to. Lives on the media thread only.
final class DrivenConnection {
    let id: ConnectionID
    let sink: any MediaSink
    private(set) var sockets: [UDPSocket]
    /// To TURN servers.
    var streams: [RelayStream] = []
    /// Whom these trust; nil: the system's authorities.
    let trust: TLSTrust?
    let pulse = ConnectionPulse()
    var peer: PeerConnection
    var audioQueues: [OutgoingAudioQueue] = []
    var videoQueues: [OutgoingVideoQueue] = []
    /// When to call it next; never in the past, so that a machine that does not get on cannot make the thread spin.
    private(set) var deadline: Instant?

    init(
        id: ConnectionID, configuration: PeerConnection.Configuration, sockets: [UDPSocket], trust: TLSTrust?,
        sink: any MediaSink, at now: Instant
    ) {
        self.id = id
        self.trust = trust
        self.sink = sink
        self.sockets = sockets
        peer = PeerConnection(configuration, at: now)
        for socket in sockets { peer.addLocalSocket(socket.local, at: now) }
        peer.endOfLocalSockets(at: now)
    }

    func socket(at local: SocketAddress) -> UDPSocket? {
        // One to four: quicker than a dictionary.
        sockets.first { $0.local == local }
    }

    /// On an address that has come meanwhile.
    func add(_ socket: UDPSocket, at now: Instant) {
        sockets.append(socket)
        peer.addLocalSocket(socket.local, at: now)
    }

    /// Gives up a socket whose address is gone.
    func remove(_ socket: UDPSocket, at now: Instant) {
        sockets.removeAll { $0 === socket }
        peer.removeLocalSocket(socket.local, at: now)
    }

    func stream(_ id: TURNStreamID) -> RelayStream? {
        streams.first { $0.id == id }
    }

    func planNextTimeout(after now: Instant) {
        var next = peer.nextDeadline
        for stream in streams {
            if let end = stream.closesAt { next = min(next ?? end, end) }
        }
        deadline = next.map { max($0, now + .milliseconds(1)) }
    }

    /// Sends on what other threads have handed over.
    /// - Parameter buffer: for the bytes on their way.
    func takeHandedOver(using buffer: inout [UInt8], at now: Instant) {
        for queue in audioQueues {
            while let tag = queue.ring.pop(into: &buffer) {
                peer.sendAudio(
                    buffer.span, on: queue.transceiver, timestamp: tag.timestamp, level: tag.level,
                    captureTime: Instant(nanoseconds: tag.captureTime), readyAt: Instant(nanoseconds: tag.readyAt),
                    at: now)
            }
        }
        for queue in videoQueues {
            while let frame = queue.frames.pop(swapping: &buffer) {
                peer.sendVideo(
                    buffer.span, codec: frame.tag.codec, isKeyFrame: frame.isKeyFrame, on: queue.transceiver,
                    timestamp: frame.tag.timestamp, captureTime: frame.tag.captureTime, readyAt: frame.tag.readyAt,
                    at: now)
            }
        }
    }

    /// Gives the sink what has been received.
    func deliver(using buffer: inout [UInt8], at now: Instant) {
        while let packet = peer.pollAudio(into: &buffer) { sink.audio(packet, payload: buffer.span) }
        while let frame = peer.pollVideo(into: &buffer, at: now) { sink.video(frame, frame: &buffer) }
        while let event = peer.pollEvent() { sink.event(event) }
    }

    var depths: [BufferDepth] { audioQueues.map(\.depth) + videoQueues.map(\.depth) }

    func closeQueues() {
        for queue in audioQueues { queue.close() }
        for queue in videoQueues { queue.close() }
    }
}
