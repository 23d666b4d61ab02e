import Base
import CLinux
import ICE
import Media
import WebRTC

// Connections to TURN servers, and what else a peer connection asks of the network beside datagrams.
extension MediaLoop {
    /// Reads from one stream before the others get their turn.
    private static let readsPerTurn = 16
    /// How long a stream that is to be closed may take to send what waits.
    private static let closingPatience = Duration.seconds(1)

    /// Does what the peer connection asks for, and sends what it has to send.
    func followNetwork(_ connection: DrivenConnection, at now: Instant) {
        repeat {
            // First, so that there is a stream for what is to go there.
            while let event = connection.peer.pollNetworkEvent() { take(event, of: connection, at: now) }
            transmit(connection)
            // A stream that fails here makes for further events, and each fails once.
        } while pushStreams(of: connection, at: now)
    }

    private func take(_ event: PeerConnection.NetworkEvent, of connection: DrivenConnection, at now: Instant) {
        switch event {
        case .openStream(let id, let server): open(id, to: server, for: connection, at: now)
        case .closeStream(let id): connection.stream(id)?.close(by: now + Self.closingPatience)
        case .resolveName(let name):
            let (queue, id) = (queue, connection.id)
            names.resolve(name) { addresses in
                _ = queue.post { loop in
                    // The connection may be gone by now.
                    try? loop.with(id) { peer, now in peer.nameResolved(name, to: addresses, at: now) }
                }
            }
        case .relayReady(let server): connection.sink.relay(RelayReport(server, .ready))
        case .relayFailed(let server, let failure): connection.sink.relay(RelayReport(server, failure))
        case .stunServerAnswered(let server): connection.sink.stunServer(server, answers: true)
        case .stunServerSilent(let server): connection.sink.stunServer(server, answers: false)
        }
    }

    private func open(
        _ id: TURNStreamID, to server: TURNServer, for connection: DrivenConnection, at now: Instant
    ) {
        do throws(RelayStream.Failure) {
            let stream = try RelayStream(id, to: server, dscp: options.dscp, trust: connection.trust)
            do throws(TransportError) {
                try watch(stream, of: connection)
            } catch {
                throw RelayStream.Failure(reason: "\(error)")
            }
            connection.streams.append(stream)
        } catch {
            failed(id, error, of: connection, at: now)
        }
    }

    // MARK: - Bytes

    func receive(on stream: RelayStream, for connection: DrivenConnection) {
        let now = MonotonicClock.now
        do throws(RelayStream.Failure) {
            try stream.push()
            for _ in 0..<Self.readsPerTurn {
                let hasMore = try stream.pull(using: &streamed) { bytes in
                    connection.pulse.beat(at: now)
                    statistics.received += 1
                    connection.peer.receive(bytes, on: stream.id, at: now)
                    // After each read, so that no bounded queue inside overflows.
                    deliver(connection, at: now)
                }
                guard hasMore else { break }
            }
            try stream.push()
            watchRoom(stream)
        } catch {
            failed(stream, error, of: connection, at: now)
        }
    }

    /// - Returns: whether a stream has failed.
    private func pushStreams(of connection: DrivenConnection, at now: Instant) -> Bool {
        var hasFailed = false
        for stream in connection.streams {
            do throws(RelayStream.Failure) {
                try stream.push()
                watchRoom(stream)
                if let end = stream.closesAt, stream.isFlushed || end <= now { drop(stream, of: connection) }
            } catch {
                hasFailed = true
                failed(stream, error, of: connection, at: now)
            }
        }
        return hasFailed
    }

    /// Sends what waits for the streams, and closes them.
    /// - Parameter patience: milliseconds that each may take for it.
    func flushStreams(of connection: DrivenConnection, patience: Int32) {
        for stream in connection.streams {
            stream.close(by: MonotonicClock.now)
            try? stream.push()
            if !stream.isFlushed, clinux_wait_writable(stream.descriptor, patience) != 0 { try? stream.push() }
            drop(stream, of: connection)
        }
    }

    // MARK: - Ends

    private func failed(
        _ stream: RelayStream, _ failure: RelayStream.Failure, of connection: DrivenConnection, at now: Instant
    ) {
        drop(stream, of: connection)
        // Whoever was to be told goodbye has gone first.
        guard stream.closesAt == nil else { return }
        failed(stream.id, failure, of: connection, at: now)
    }

    private func failed(
        _ id: TURNStreamID, _ failure: RelayStream.Failure, of connection: DrivenConnection, at now: Instant
    ) {
        statistics.streamFailures += 1
        connection.peer.streamClosed(id, because: failure.reason, at: now)
    }

    private func drop(_ stream: RelayStream, of connection: DrivenConnection) {
        forget(stream.descriptor)
        connection.streams.removeAll { $0 === stream }
    }
}
