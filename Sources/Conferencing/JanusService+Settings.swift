import Janus
import Meeting
import Signaling
import WebRTC

extension JanusService.Settings {
    init(_ request: Conference.ServiceRequest, videoCodec: Codec = .vp8, seed: UInt64) {
        let options = request.options
        let room: JanusConfiguration.Room
        if let creation = request.creating {
            var settings = RoomSettings()
            settings.description = creation.title
            settings.pin = creation.passcode
            settings.secret = options.hostSecret
            settings.videoCodec = CodecTable.janus.preferring(videoCodec).janusVideoCodecs
            room = .create(settings)
        } else {
            room = .existing(request.address.room ?? "")
        }
        var session = JanusConfiguration(room: room, displayName: options.displayName)
        session.pin = request.creating?.passcode ?? options.passcode ?? request.address.passcode
        session.apiSecret = options.apiSecret
        session.roomSecret = options.hostSecret
        session.videoCodec = videoCodec.rawValue
        session.publishes = !request.media.kinds.isEmpty
        if request.former != nil { session.joinRequestTimeout = .seconds(4) }
        var socket = WebSocketOptions(subprotocol: "janus-protocol")
        socket.trust.caFile = options.caFile
        // The service itself notices silence, and does better than to close what may come back. Janus gives a session up
        // after 60 s; what is silent for nearly as long is lost.
        socket.silenceLimit = .seconds(50)
        socket.connectTimeout = min(socket.connectTimeout, options.timeout)
        self.init(
            session: session, url: request.address.webSocketURL, socket: socket, media: request.media,
            timeout: request.former == nil ? options.timeout : min(options.timeout, JanusService.returnTimeout),
            former: request.former, relays: options.relays, seed: seed)
    }
}

extension CodecTable {
    /// As `videocodec` of a room lists them; our names are Janus's.
    fileprivate var janusVideoCodecs: String {
        rows.filter { $0.kind == .video }.map(\.codec.rawValue).joined(separator: ",")
    }
}
