import Base
import SDP

@testable import WebRTC

extension Boundary {
    /// Descriptions, divided by lines of three dashes. The first is the answer to our offer and then, to another
    /// connection, the first of a row of offers.
    static func takeDescriptions(_ input: [UInt8]) throws(BrokenPromise) {
        var descriptions: [SessionDescription] = []
        for text in texts(of: input) {
            guard let description = try? SessionDescription(type: .offer, bytes: text) else { continue }
            let again = try? SessionDescription(type: .offer, sdp: description.sdp)
            try promise(again == description, "reads otherwise when written: \(description.sdp)")
            descriptions.append(description)
        }
        guard let first = descriptions.first else { return }
        try answer(SessionDescription(type: .answer, session: first.session))
        try offer(descriptions)
    }

    private static func texts(of input: [UInt8]) -> [[UInt8]] {
        var texts: [[UInt8]] = [[]]
        for line in lines(of: input) {
            if line.elementsEqual([0x2D, 0x2D, 0x2D]) {
                guard texts.count < 4 else { break }
                texts.append([])
            } else {
                texts[texts.count - 1].append(contentsOf: line)
                texts[texts.count - 1].append(0x0A)
            }
        }
        return texts
    }

    /// A negotiator that has offered audio and video.
    private static let offering: Negotiator = {
        do {
            var peer = Fixtures.peer(1)
            _ = peer.addTransceiver(.audio, direction: .sendrecv)
            _ = peer.addTransceiver(.video, direction: .sendrecv)
            try peer.setLocalDescription(peer.createOffer(at: Fixtures.start), at: Fixtures.start)
            return peer.negotiator
        } catch {
            fatalError("no offer: \(error)")
        }
    }()

    private static func answer(_ description: SessionDescription) throws(BrokenPromise) {
        var peer = Fixtures.peer(1)
        peer.negotiator = offering
        guard (try? peer.setRemoteDescription(description, at: Fixtures.start)) != nil else {
            try promise(peer.signalingState == .haveLocalOffer, "a refused answer left \(peer.signalingState)")
            return
        }
        try promise(peer.signalingState == .stable, "an answer left \(peer.signalingState)")
        // What is agreed on must hold for another round.
        do {
            let offer = try peer.createOffer(restartICE: true, at: Fixtures.start)
            try promise(
                offer.session.media.count >= description.session.media.count, "a section has vanished from the offer")
        } catch let error as BrokenPromise {
            throw error
        } catch {
            throw BrokenPromise("no further offer after an answer: \(error)")
        }
        ConnectedPeer.drain(&peer, Fixtures.start)
    }

    private static func offer(_ descriptions: [SessionDescription]) throws(BrokenPromise) {
        var peer = Fixtures.peer(1)
        _ = peer.addTransceiver(.audio, direction: .sendrecv)
        _ = peer.addTransceiver(.video, direction: .recvonly)
        for description in descriptions {
            guard (try? peer.setRemoteDescription(description, at: Fixtures.start)) != nil else {
                try promise(peer.signalingState == .stable, "a refused offer left \(peer.signalingState)")
                continue
            }
            let count = description.session.media.count
            do {
                let answer = try peer.createAnswer(at: Fixtures.start)
                try promise(
                    answer.session.media.count == count, "\(answer.session.media.count) sections for \(count)")
                let again = try SessionDescription(type: .answer, sdp: answer.sdp)
                try promise(again == answer, "our answer reads otherwise: \(answer.sdp)")
                try peer.setLocalDescription(answer, at: Fixtures.start)
            } catch let error as BrokenPromise {
                throw error
            } catch {
                throw BrokenPromise("an accepted offer cannot be answered: \(error)")
            }
            ConnectedPeer.drain(&peer, Fixtures.start)
        }
    }
}
