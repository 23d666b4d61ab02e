import Base
import DTLS
import ICE
import SRTP

// What ICE and DTLS amount to together.

extension PeerConnection {
    /// Takes in what the machines below have to say, after anything has happened to them.
    mutating func follow(at now: Instant) {
        while let event = ice?.pollEvent() {
            switch event {
            case .stateChanged(.failed): emit(.failure("ICE found no way to the peer, or the peer went silent"))
            case .localCandidate(let candidate): emit(.localCandidate(candidate.description))
            case .gatheringComplete: emit(.gatheringComplete)
            // State and pair are read below as they are by now.
            case .stateChanged, .selectedPair, .roleChanged, .remoteCandidateIgnored: break
            case .relayReady(let server): emit(.relayReady(server))
            case .relayFailed(let server, let failure): emit(.relayFailed(server, failure))
            case .stunServerAnswered(let server): emit(.stunServerAnswered(server))
            case .stunServerSilent(let server): emit(.stunServerSilent(server))
            case .resolveName(let name): emit(.resolveName(name))
            case .openStream(let id, let server): emit(.openStream(id, server))
            case .closeStream(let id): emit(.closeStream(id))
            }
        }
        followPair(at: now)
        while let event = dtls?.pollEvent() {
            switch event {
            case .connected(let keys): useKeys(keys)
            case .failed(let error): endSecurity("\(error)")
            case .closed:
                // The peer said goodbye: nothing more will come, and nobody hears us but the TURN servers.
                dropPlaintext()
                ice?.close(at: now)
                setState(.closed)
            }
        }
        iceDeadline = ice?.nextDeadline
        dtlsDeadline = dtls?.nextDeadline
        updateState()
        followFlow(at: now)
    }

    /// Pictures that could not leave are missing on the other side: with the way, a key frame is needed.
    private mutating func followFlow(at now: Instant) {
        defer { hasFlowed = canFlow }
        guard canFlow else { return }
        if !hasFlowed {
            // Of a way that is new nobody knows yet how often it is heard.
            pulse = PathPulse()
            for index in videoSenders.indices where videoSenders[index].isActive {
                videoSenders[index].sender.breakChain()
            }
        }
        pollKeyFrameRequests(at: now)
    }

    private mutating func followPair(at now: Instant) {
        guard let pair = ice?.selectedPair else {
            // Without consent nothing may be sent, and what waits now is of no use later.
            if path != nil { dropPlaintext() }
            path = nil
            return
        }
        path = Transmit(local: pair.local, remote: pair.remote)
        dtls?.start(at: now)
    }

    private mutating func dropPlaintext() {
        while plain.pop(swapping: &scratch) != nil {}
    }

    /// Brings `state` in line with ICE and DTLS (W3C WebRTC §4.3.3).
    private mutating func updateState() {
        guard let iceState = ice?.state else { return }
        guard !hasSecurityEnded, !negotiator.isRefused else { return setState(.failed) }
        switch iceState {
        case .new, .checking: setState(.connecting)
        case .connected: setState(isSecured ? .connected : .connecting)
        case .disconnected: setState(.disconnected)
        case .failed: setState(.failed)
        case .closed: break
        }
    }

    /// Whether there are keys.
    var isSecured: Bool { outbound != nil }

    /// Whether media may leave: also while the peer is silent, until its consent expires (RFC 7675 §5.1).
    var canFlow: Bool { path != nil && outbound != nil && state != .closed }

    private mutating func useKeys(_ keys: SRTPKeyingMaterial) {
        do {
            outbound = try SRTPContext(.outbound, keys)
            inbound = try SRTPContext(.inbound, keys)
            profile = keys.profile
        } catch {
            endSecurity("SRTP cannot be set up: \(error)")
        }
    }

    /// DTLS has failed, and there is no way back from that.
    mutating func endSecurity(_ reason: String) {
        hasSecurityEnded = true
        outbound = nil
        inbound = nil
        emit(.failure(reason))
    }

    mutating func startDTLS(_ role: Endpoint.Role, _ fingerprints: [Fingerprint], at now: Instant) {
        do {
            var endpoint = try Endpoint(
                role: role, certificate: configuration.certificate, remoteFingerprints: fingerprints)
            while earlyHandshake.pop(swapping: &scratch) != nil {
                if role == .server { endpoint.handle(scratch.span, at: now) }
            }
            dtls = consume endpoint
            dtlsRole = role
        } catch {
            endSecurity("DTLS cannot be set up: \(error)")
        }
    }
}
