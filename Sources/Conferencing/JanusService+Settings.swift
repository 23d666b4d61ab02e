import Janus
import Meeting
import Signaling

extension JanusService.Settings {
    init(_ request: Conference.ServiceRequest, seed: UInt64) {
        let options = request.options
        let room: JanusConfiguration.Room
        if let creation = request.creating {
            var settings = RoomSettings()
            settings.description = creation.title
            settings.pin = creation.passcode
            settings.secret = options.hostSecret
            room = .create(settings)
        } else {
            room = .existing(request.address.room ?? "")
        }
        var session = JanusConfiguration(room: room, displayName: options.displayName)
        session.pin = request.creating?.passcode ?? options.passcode ?? request.address.passcode
        session.apiSecret = options.apiSecret
        session.roomSecret = options.hostSecret
        session.publishes = !request.media.kinds.isEmpty
        var socket = WebSocketOptions(subprotocol: "janus-protocol")
        socket.trust.caFile = options.caFile
        socket.connectTimeout = min(socket.connectTimeout, options.timeout)
        self.init(
            session: session, url: request.address.webSocketURL, socket: socket, media: request.media,
            timeout: options.timeout, former: request.former, seed: seed)
    }
}
