import Base
import RTP
import Testing

@Suite struct VP9Tests {
    private func read(_ bytes: [UInt8]) throws -> (descriptor: VP9Descriptor, length: Int) {
        var length = 0
        let descriptor = try VP9Descriptor(bytes.span, byteCount: &length)
        return (descriptor, length)
    }

    // MARK: - Hand-made descriptors, octet by octet after RFC 9628 §4.2

    @Test func readsTheFirstPacketOfAKeyFrameWithItsStructure() throws {
        // I, B, V, Z; a picture ID of 15 bits; N_S 0 with Y and G, 1280×720, one picture that refers to the one before.
        let (descriptor, length) = try read(
            [0x8B, 0x92, 0x34, 0x18, 0x05, 0x00, 0x02, 0xD0, 0x01, 0x04, 0x01, 0x82])
        #expect(length == 11)
        #expect(descriptor.pictureID == .long(0x1234))
        #expect(!descriptor.isInterPredicted && descriptor.startsPicture && !descriptor.endsLayerFrame)
        #expect(descriptor.isNonReferenceForUpperLayers)
        #expect(descriptor.layer == nil && descriptor.mode == .nonFlexible)
        #expect(descriptor.structure == VP9ScalabilityStructure(single: .init(width: 1280, height: 720)))
    }

    @Test func readsLayerIndicesOfNonFlexibleMode() throws {
        // I, P, L, E; a picture ID of 7 bits; TID 2, U, SID 1, D; TL0PICIDX.
        let (descriptor, length) = try read([0xE4, 0x7F, 0x53, 0xA5, 0])
        #expect(length == 4)
        #expect(descriptor.pictureID == .short(127))
        #expect(descriptor.isInterPredicted && descriptor.endsLayerFrame && !descriptor.startsLayerFrame)
        #expect(
            descriptor.layer
                == .init(
                    temporalIndex: 2, isSwitchingPoint: true, spatialIndex: 1, dependsOnLowerLayer: true,
                    baseLayerIndex: 0xA5))
        #expect(descriptor.mode == .nonFlexible)
    }

    @Test func readsTheReferencesOfFlexibleMode() throws {
        // I, P, L, F, B; TID 1, SID 2 without TL0PICIDX; distances 1, 2 and 127.
        let (descriptor, length) = try read([0xF8, 0x80, 0x05, 0x24, 0x03, 0x05, 0xFE, 0])
        #expect(length == 7)
        #expect(descriptor.mode == .flexible(VP9References(1, 2, 127)))
        #expect(descriptor.layer?.spatialIndex == 2 && descriptor.layer?.temporalIndex == 1)
        #expect(descriptor.startsLayerFrame && !descriptor.startsPicture, "an upper layer is no picture's beginning")
        // Without P nothing is referred to, and no list follows.
        let first = try read([0x98, 0x01, 0])
        #expect(first.length == 2 && first.descriptor.mode == .flexible(VP9References()))
    }

    @Test func readsAStructureOfThreeSpatialAndThreeTemporalLayers() throws {
        // N_S 2 with Y and G, three sizes, four pictures: TID 0 (R 1: 4), 2 (R 1: 1), 1 with U (R 2: 2, 4), 2 (R 0).
        let sizes: [UInt8] = [0x01, 0x40, 0x00, 0xB4, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00, 0x02, 0xD0]
        let group: [UInt8] = [0x04, 0x04, 0x04, 0x44, 0x01, 0x38, 0x02, 0x04, 0x40]
        let (descriptor, length) = try read([0x0A, 0x58] + sizes + group + [0])
        #expect(length == 2 + sizes.count + group.count)
        let structure = try #require(descriptor.structure)
        #expect(structure.spatialLayerCount == 3)
        #expect(
            structure.sizes?.map(\.width) == [320, 640, 1280] && structure.sizes?.map(\.height) == [180, 360, 720])
        #expect(structure.group?.map(\.temporalIndex) == [0, 2, 1, 2])
        #expect(structure.group?.map(\.isSwitchingPoint) == [false, false, true, false])
        #expect(
            structure.group?.map(\.references)
                == [VP9References(4), VP9References(1), VP9References(2, 4), VP9References()])
    }

    @Test func refusesWhatIsNoDescriptor() {
        #expect(throws: RTPError.truncated(needed: 1, available: 0)) { try read([]) }
        #expect(throws: RTPError.malformed(.vp9Payload)) { try read([0x0C]) }
        #expect(throws: RTPError.malformed(.vp9Payload)) { try read([0x8C, 0x01]) }
        #expect(throws: RTPError.truncated(needed: 3, available: 2)) { try read([0x80, 0x80]) }
        #expect(throws: RTPError.truncated(needed: 3, available: 2)) { try read([0x20, 0x00]) }
        #expect(throws: RTPError.malformed(.vp9References), "four references") {
            try read([0xD0, 0x01, 0x03, 0x03, 0x03, 0x02, 0])
        }
        #expect(throws: RTPError.malformed(.vp9References), "nothing to count from") { try read([0x50, 0x02, 0]) }
        #expect(throws: RTPError.truncated(needed: 34, available: 4), "eight sizes") { try read([0x02, 0xF0, 0, 0]) }
        #expect(throws: RTPError.truncated(needed: 6, available: 5), "255 pictures") {
            try read([0x02, 0x08, 0xFF, 0x08, 1])
        }
    }

    // MARK: - Properties

    @Test func whatRandomBytesAreReadAsIsWrittenTheSameWay() throws {
        var random = SeededRandom(seed: 0x9628)
        var count = 0
        for round in 0..<20_000 {
            var bytes = random.bytes(Int.random(in: 0...60, using: &random))
            // Most groups of random length would end beyond the bytes.
            if bytes.count > 2, round % 2 == 0 { bytes[2] &= 3 }
            guard let (descriptor, length) = try? read(bytes) else { continue }
            count += 1
            #expect(length < bytes.count, "\(bytes)")
            var written: [UInt8] = []
            descriptor.append(to: &written)
            let again = try read(written + [0])
            #expect(again.descriptor == descriptor && again.length == written.count, "\(bytes)")
        }
        #expect(count > 5000, "\(count) were descriptors")
    }

    // MARK: - Sending

    private static let keyFrame: [UInt8] = [0x82, 0x49, 0x83, 0x42, 0x00, 0x4F, 0xF0, 0x2C, 0xF0]

    @Test func cutsAPictureIntoEvenPiecesAndTellsTheStructureOnce() throws {
        let picture = Self.keyFrame + (0..<2992).map { UInt8(truncatingIfNeeded: $0) }
        let packetizer = VP9Packetizer(picture.span, isKeyFrame: true, pictureID: 300, maximumPayloadBytes: 1200)
        #expect(packetizer.count == 3)
        var whole: [UInt8] = []
        for index in 0..<packetizer.count {
            var payload: [UInt8] = []
            packetizer.append(index, of: picture.span, to: &payload)
            #expect(payload.count <= 1200 && payload.count >= 1000)
            let (descriptor, length) = try read(payload)
            #expect(descriptor.startsPicture == (index == 0) && descriptor.endsLayerFrame == (index == 2))
            #expect(descriptor.pictureID == .long(300) && !descriptor.isInterPredicted)
            #expect((descriptor.structure != nil) == (index == 0))
            #expect(index > 0 || descriptor.structure?.sizes == [.init(width: 1280, height: 720)])
            whole += payload[length...]
        }
        #expect(whole == picture)
        let next = VP9Packetizer([0x86, 1, 2].span, isKeyFrame: false, pictureID: 301, maximumPayloadBytes: 1200)
        var payload: [UInt8] = []
        next.append(0, of: [0x86, 1, 2].span, to: &payload)
        #expect(payload == [0xCD, 0x81, 0x2D, 0x86, 1, 2])
    }

    @Test func readsTheHeaderOfAFrame() {
        func header(_ bytes: [UInt8]) -> VP9FrameHeader { VP9FrameHeader(bytes.span) }
        #expect(header(Self.keyFrame).isKeyFrame)
        #expect(header(Self.keyFrame).size?.width == 1280 && header(Self.keyFrame).size?.height == 720)
        #expect(header([0x82]).isKeyFrame && header([0x82]).size == nil)
        #expect(!header([0x86, 0, 0]).isKeyFrame)
        #expect(!header([0x88]).isKeyFrame, "a frame that is shown again")
        #expect(header([0xA2]).profile == 1 && header([0x92]).profile == 2)
        #expect(!header([0x42]).isKeyFrame && !header([]).isKeyFrame)
    }
}
