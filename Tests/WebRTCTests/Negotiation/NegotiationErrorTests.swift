import SDP
import Testing

@testable import WebRTC

@Suite struct NegotiationErrorTests {
    /// Runs `body`, which must throw `expected` and leave the negotiator as it was.
    private func expect(
        _ expected: NegotiationError, from negotiator: inout Negotiator,
        sourceLocation: SourceLocation = #_sourceLocation, _ body: (inout Negotiator) throws -> Void
    ) {
        let before = (negotiator.signalingState, negotiator.transport, negotiator.media, negotiator.transceivers)
        do {
            try body(&negotiator)
            Issue.record("expected \(expected)", sourceLocation: sourceLocation)
        } catch {
            #expect(error as? NegotiationError == expected, sourceLocation: sourceLocation)
        }
        #expect(
            before == (negotiator.signalingState, negotiator.transport, negotiator.media, negotiator.transceivers),
            sourceLocation: sourceLocation)
    }

    private func remoteOffer(_ sections: Int = 1) throws -> SessionDescription {
        var peer = makeNegotiator(seed: 99)
        for _ in 0..<sections { _ = peer.addTransceiver(.video, direction: .sendonly) }
        return try peer.createOffer()
    }

    @Test func operationsOutOfTurnAreRefused() throws {
        var negotiator = makeNegotiator()
        let offer = try remoteOffer()
        var answer = offer
        answer.type = .answer
        let rollback = SessionDescription.rollback
        expect(.wrongState(operation: .createAnswer, state: .stable), from: &negotiator) { _ = try $0.createAnswer() }
        expect(.wrongState(operation: .setLocalAnswer, state: .stable), from: &negotiator) {
            try $0.setLocalDescription(answer)
        }
        expect(.wrongState(operation: .setRemoteAnswer, state: .stable), from: &negotiator) {
            try $0.setRemoteDescription(answer)
        }
        expect(.wrongState(operation: .rollbackLocal, state: .stable), from: &negotiator) {
            try $0.setLocalDescription(rollback)
        }
        expect(.wrongState(operation: .rollbackRemote, state: .stable), from: &negotiator) {
            try $0.setRemoteDescription(rollback)
        }
        expect(.nothingToOffer, from: &negotiator) { _ = try $0.createOffer() }

        try negotiator.setRemoteDescription(offer)
        expect(.wrongState(operation: .createOffer, state: .haveRemoteOffer), from: &negotiator) {
            _ = try $0.createOffer()
        }
        expect(.wrongState(operation: .setRemoteOffer, state: .haveRemoteOffer), from: &negotiator) {
            try $0.setRemoteDescription(offer)
        }
        expect(.wrongState(operation: .setLocalOffer, state: .haveRemoteOffer), from: &negotiator) {
            try $0.setLocalDescription(offer)
        }
        var offerer = makeNegotiator(seed: 2)
        _ = offerer.addTransceiver(.audio, direction: .sendonly)
        try offerer.setLocalDescription(offerer.createOffer())
        expect(.wrongState(operation: .setRemoteOffer, state: .haveLocalOffer), from: &offerer) {
            try $0.setRemoteDescription(offer)
        }
        expect(.wrongState(operation: .createAnswer, state: .haveLocalOffer), from: &offerer) {
            _ = try $0.createAnswer()
        }
    }

    @Test func onlyWhatWasCreatedIsSet() throws {
        var negotiator = makeNegotiator()
        let id = negotiator.addTransceiver(.audio, direction: .sendonly)
        var offer = try negotiator.createOffer()
        offer.session.media[0].attributes.append(.rtcpMuxOnly)
        expect(.notCreatedHere, from: &negotiator) { try $0.setLocalDescription(offer) }
        let stale = try negotiator.createOffer()
        try negotiator.stop(id)
        expect(.notCreatedHere, from: &negotiator) { try $0.setLocalDescription(stale) }
        expect(.unknownTransceiver(id), from: &negotiator) { try $0.setDirection(.inactive, of: id) }
        var provisional = stale
        provisional.type = .pranswer
        expect(.provisionalAnswer, from: &negotiator) { try $0.setLocalDescription(provisional) }
        expect(.provisionalAnswer, from: &negotiator) { try $0.setRemoteDescription(provisional) }
    }

    @Test func brokenOffersAreRefused() throws {
        let good = try remoteOffer(2)
        func expectRefusal(
            _ expected: NegotiationError, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout Session) -> Void
        ) {
            var negotiator = makeNegotiator()
            var offer = good
            change(&offer.session)
            expect(expected, from: &negotiator, sourceLocation: sourceLocation) { try $0.setRemoteDescription(offer) }
        }
        expectRefusal(.duplicateMid("0")) { $0.media[1] = $0.media[0] }
        expectRefusal(.missingICECredentials(mid: "0")) { $0.remove { if case .icePwd = $0 { true } else { false } } }
        expectRefusal(.missingFingerprint(mid: "0")) { $0.remove { if case .fingerprint = $0 { true } else { false } } }
        expectRefusal(.missingFingerprint(mid: "0")) { session in
            session.remove { if case .fingerprint = $0 { true } else { false } }
            let weak = FingerprintAttribute(algorithm: "sha-1", bytes: Array(repeating: 0, count: 20))
            session.attributes.append(.fingerprint(weak))
        }
        expectRefusal(.missingSetup(mid: "0")) { $0.remove { if case .setup = $0 { true } else { false } } }
        expectRefusal(.unusableSetup(.holdconn, in: .offer)) { session in
            session.remove { if case .setup = $0 { true } else { false } }
            session.attributes.append(.setup(.holdconn))
        }
        expectRefusal(.duplicateExtensionID(3)) { session in
            session.media[1].attributes.elements.insert(.extensionMap(ExtensionMap(id: 3, uri: "urn:x")), at: 0)
        }
        var narrow = makeNegotiator(maximumMediaSections: 1)
        expect(.tooManyMediaSections(count: 2, limit: 1), from: &narrow) { try $0.setRemoteDescription(good) }
        _ = narrow.addTransceiver(.audio, direction: .sendonly)
        _ = narrow.addTransceiver(.audio, direction: .sendonly)
        expect(.tooManyMediaSections(count: 2, limit: 1), from: &narrow) { _ = try $0.createOffer() }
    }

    @Test func laterOffersMustFitTheFirst() throws {
        var negotiator = makeNegotiator()
        var peer = makeNegotiator(seed: 99)
        _ = peer.addTransceiver(.video, direction: .sendonly)
        _ = peer.addTransceiver(.video, direction: .sendonly)
        try negotiate(offerer: &peer, answerer: &negotiator)
        let good = try peer.createOffer()
        func expectRefusal(
            _ expected: NegotiationError, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout Session) -> Void
        ) {
            var offer = good
            change(&offer.session)
            expect(expected, from: &negotiator, sourceLocation: sourceLocation) { try $0.setRemoteDescription(offer) }
        }
        expectRefusal(.mediaSectionsRemoved(count: 1, before: 2)) { $0.media.removeLast() }
        expectRefusal(.mediaTypeChanged(index: 1, expected: .video, came: .audio)) { $0.media[1].type = .audio }
        expectRefusal(.midChanged(index: 1, expected: "1", came: "7")) { session in
            session.media[1].attributes.elements.removeAll { $0 == .mid("1") }
            session.media[1].attributes.append(.mid("7"))
        }
        expectRefusal(.associationChanged) { session in
            session.remove { if case .fingerprint = $0 { true } else { false } }
            let other = FingerprintAttribute(algorithm: "sha-256", bytes: Array(repeating: 7, count: 32))
            session.attributes.append(.fingerprint(other))
        }
        expectRefusal(.associationChanged) { session in
            session.remove { if case .setup = $0 { true } else { false } }
            session.attributes.append(.setup(.active))
        }
    }

    @Test func brokenAnswersAreRefused() throws {
        var negotiator = makeNegotiator()
        var peer = makeNegotiator(seed: 99)
        _ = negotiator.addTransceiver(.video, direction: .sendonly)
        _ = negotiator.addTransceiver(.audio, direction: .sendonly)
        let offer = try negotiator.createOffer()
        try negotiator.setLocalDescription(offer)
        try peer.setRemoteDescription(offer)
        let good = try peer.createAnswer()
        func expectRefusal(
            _ expected: NegotiationError, sourceLocation: SourceLocation = #_sourceLocation,
            _ change: (inout Session) -> Void
        ) {
            var answer = good
            change(&answer.session)
            expect(expected, from: &negotiator, sourceLocation: sourceLocation) { try $0.setRemoteDescription(answer) }
        }
        expectRefusal(.mediaSectionsDiffer(offered: 2, answered: 1)) { $0.media.removeLast() }
        expectRefusal(.mediaTypeChanged(index: 0, expected: .video, came: .audio)) { $0.media.swapAt(0, 1) }
        expectRefusal(.rtcpMuxRefused(mid: "0")) { $0.remove { $0 == .rtcpMux } }
        expectRefusal(.bundleRefused(mid: "1")) { session in
            session.attributes.elements.removeAll { if case .group = $0 { true } else { false } }
        }
        expectRefusal(.noCommonCodec(mid: "0")) { session in
            session.media[0].attributes.elements.removeAll { if case .rtpMap = $0 { true } else { false } }
        }
        expectRefusal(.unusableSetup(.actpass, in: .answer)) { session in
            session.remove { if case .setup = $0 { true } else { false } }
            session.attributes.append(.setup(.actpass))
        }
        try negotiator.setRemoteDescription(good)
        try peer.setLocalDescription(good)

        // An answer may not restart ICE by itself.
        try negotiator.setLocalDescription(negotiator.createOffer())
        expectRefusal(.unexpectedCredentials) { session in
            session.remove { if case .iceUfrag = $0 { true } else { false } }
            session.attributes.append(.iceUfrag("other"))
        }
    }

    @Test func everyRefusedSectionLeavesNoTransceiver() throws {
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.video, direction: .sendonly)
        let offer = try negotiator.createOffer()
        try negotiator.setLocalDescription(offer)
        var answer = offer
        answer.type = .answer
        answer.session.media[0].port = 0
        try negotiator.setRemoteDescription(answer)
        #expect(negotiator.transceivers.isEmpty && negotiator.media.isEmpty)
        #expect(negotiator.transport?.remote == nil)
        _ = negotiator.addTransceiver(.video, direction: .sendonly)
        #expect(try negotiator.createOffer().session.media.count == 1)
    }

    @Test func messagesSayWhatWasExpected() {
        let error = NegotiationError.wrongState(operation: .createAnswer, state: .stable)
        #expect("\(error)" == "createAnswer expects state have-remote-offer, but the state is stable")
        #expect("\(NegotiationError.bundleRefused(mid: "v"))".contains("BUNDLE"))
    }
}

extension Session {
    /// Removes attributes everywhere.
    fileprivate mutating func remove(_ isUnwanted: (Attribute) -> Bool) {
        attributes.elements.removeAll(where: isUnwanted)
        for index in media.indices { media[index].attributes.elements.removeAll(where: isUnwanted) }
    }
}
