import Digests
public import Logging
import Meeting
import Signaling
public import Transport

extension Conference {
    /// - Parameters:
    ///   - thread: started; it outlives the conference.
    ///   - sink: takes what the others send, on that thread.
    public init(
        _ configuration: ConferenceConfiguration, thread: MediaThread, sink: any ConferenceMediaSink, logger: Logger
    ) {
        let sender = ConferenceSender()
        let meter = LevelMeter()
        let connections = ConferenceConnections(thread: thread)
        let (makePeerConfiguration, videoCodec) = (configuration.peerConnection, configuration.videoCodec)
        let stunReport = configuration.stunReport
        self.init(
            sender: sender, connections: connections, meter: meter, reconnectFor: configuration.reconnectFor,
            logger: logger
        ) { request in
            let relays = request.options.relays
            return JanusService(
                JanusService.Settings(request, videoCodec: videoCodec, seed: SecureRandom.seed()),
                makePeers: { report in
                    ThreadPeers(
                        thread: thread, configuration: makePeerConfiguration, videoCodec: videoCodec, relays: relays,
                        includeLoopback: request.address.isLoopback,
                        sender: sender, connections: connections
                    ) { peer in
                        PeerSink(
                            peer, media: sink, meter: meter,
                            relays: { relays.report(RelayOptions.Connection(peer), $0) }, stunServers: stunReport,
                            report: report)
                    }
                }, logger: logger)
        }
        Task { await self.watchNetwork() }
    }
}

extension MeetingAddress {
    /// On this machine, where media must be able to flow over the loopback interface.
    var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && host.split(separator: ".").count == 4)
    }
}
