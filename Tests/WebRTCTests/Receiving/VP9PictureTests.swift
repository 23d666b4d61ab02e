import Base
import RTP
import Testing

@testable import WebRTC

/// What a receiver makes of VP9's descriptors.
@Suite struct VP9PictureTests {
    private let feedback: FeedbackKinds = [.nack, .pictureLoss]

    private func makeReceiver() -> VideoReceiver {
        VideoReceiver(
            ReceiverConfiguration(
                .init(codec: .vp9, payloadType: PayloadType(98), feedback: feedback), clockRate: 90_000,
                envelope: FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "r")))
    }

    /// One packet of a picture.
    private func take(
        _ receiver: inout VideoReceiver, _ number: UInt16, picture: UInt32, marker: Bool, _ descriptor: VP9Descriptor,
        _ piece: [UInt8]
    ) {
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(
                marker: marker, payloadType: PayloadType(98), sequenceNumber: SequenceNumber(number),
                timestamp: picture * 3000, ssrc: SSRC(7)),
            extensions: RTPExtensionValues(), map: RTPExtensionMap())
        descriptor.append(to: &packet)
        packet += piece
        receiver.handle(&packet, at: .zero)
    }

    private func pictures(_ receiver: inout VideoReceiver) -> [(isKeyFrame: Bool, bytes: [UInt8])] {
        var all: [(Bool, [UInt8])] = []
        var bytes: [UInt8] = []
        while let frame = receiver.poll(into: &bytes, at: .zero) { all.append((frame.isKeyFrame, bytes)) }
        return all
    }

    /// B and E around each layer, the marker behind the last.
    @Test func allSpatialLayersMakeOnePicture() {
        var receiver = makeReceiver()
        func layer(_ index: UInt8, begins: Bool, ends: Bool, isInter: Bool) -> VP9Descriptor {
            VP9Descriptor(
                startsLayerFrame: begins, endsLayerFrame: ends, isInterPredicted: isInter, pictureID: .long(1),
                layer: .init(spatialIndex: index, dependsOnLowerLayer: index > 0))
        }
        for (picture, isInter, first) in [(0, false, 0x82), (1, true, 0x86)] as [(UInt32, Bool, UInt8)] {
            let number = UInt16(picture) * 4
            let pieces: [(VP9Descriptor, [UInt8])] = [
                (layer(0, begins: true, ends: false, isInter: isInter), [first, 1]),
                (layer(0, begins: false, ends: true, isInter: isInter), [2]),
                (layer(1, begins: true, ends: false, isInter: isInter), [0x86, 3]),
                (layer(1, begins: false, ends: true, isInter: isInter), [4]),
            ]
            for (index, piece) in pieces.enumerated().reversed() {
                take(&receiver, number + UInt16(index), picture: picture, marker: index == 3, piece.0, piece.1)
            }
        }
        let pictures = pictures(&receiver)
        #expect(pictures.map(\.isKeyFrame) == [true, false])
        #expect(pictures.map(\.bytes) == [[0x82, 1, 2, 0x86, 3, 4], [0x86, 1, 2, 0x86, 3, 4]])
    }

    @Test func noOneBeginsAtAnIntraOnlyFrameOrAnUpperLayer() {
        var receiver = makeReceiver()
        let whole = VP9Descriptor(
            startsLayerFrame: true, endsLayerFrame: true, isInterPredicted: false, pictureID: .long(1))
        // Not predicted from others, but no key frame either.
        take(&receiver, 0, picture: 0, marker: true, whole, [0x84, 1, 2])
        var upper = whole
        upper.layer = .init(spatialIndex: 1)
        take(&receiver, 1, picture: 1, marker: true, upper, [0x82, 3])
        // Predicted, whatever the frame says.
        var inter = whole
        inter.isInterPredicted = true
        take(&receiver, 2, picture: 2, marker: true, inter, [0x82, 3])
        #expect(pictures(&receiver).isEmpty)
        take(&receiver, 3, picture: 3, marker: true, whole, [0x82, 4])
        take(&receiver, 4, picture: 4, marker: true, inter, [0x86, 5])
        #expect(pictures(&receiver).map(\.bytes) == [[0x82, 4], [0x86, 5]])
    }

    @Test func otherPayloadTypesAndBrokenDescriptorsAreIgnored() {
        var receiver = makeReceiver()
        for (type, payload) in [(96, [0x10, 0, 0]), (98, [0x8C]), (98, [0x5C, 1, 2])] as [(UInt8, [UInt8])] {
            var packet: [UInt8] = []
            packet.append(
                RTPHeader(
                    marker: true, payloadType: PayloadType(type), sequenceNumber: SequenceNumber(1), timestamp: 0,
                    ssrc: SSRC(7)),
                extensions: RTPExtensionValues(), map: RTPExtensionMap())
            packet += payload
            receiver.handle(&packet, at: .zero)
        }
        #expect(receiver.ignored == 3)
        #expect(pictures(&receiver).isEmpty)
    }
}
