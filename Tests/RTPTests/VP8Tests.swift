import Base
import RTP
import Testing

@Suite struct VP8Tests {
    @Test func readsEveryDescriptorItCanWrite() throws {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var descriptor = VP8Descriptor(
                startsPartition: Bool.random(using: &random), partitionIndex: UInt8.random(in: 0...7, using: &random),
                isNonReference: Bool.random(using: &random))
            switch Int.random(in: 0...2, using: &random) {
            case 0: descriptor.pictureID = .short(UInt8.random(in: 0...127, using: &random))
            case 1: descriptor.pictureID = .long(UInt16.random(in: 0...0x7FFF, using: &random))
            default: break
            }
            if Bool.random(using: &random) { descriptor.baseLayerIndex = UInt8.random(in: 0...255, using: &random) }
            if Bool.random(using: &random) {
                descriptor.temporalLayer = .init(
                    index: UInt8.random(in: 0...3, using: &random), isSyncPoint: Bool.random(using: &random))
            }
            if Bool.random(using: &random) { descriptor.keyIndex = UInt8.random(in: 0...31, using: &random) }
            var payload: [UInt8] = []
            descriptor.append(to: &payload)
            let written = payload.count
            payload.append(0x77)
            var length = 0
            let read = try VP8Descriptor(payload.span, byteCount: &length)
            #expect(read == descriptor, "seed \(seed)")
            #expect(length == written, "seed \(seed)")
        }
    }

    @Test func refusesADescriptorWithNothingBehindIt() {
        func read(_ bytes: [UInt8]) throws {
            var length = 0
            _ = try VP8Descriptor(bytes.span, byteCount: &length)
        }
        #expect(throws: RTPError.malformed(.vp8Payload)) { try read([0x10]) }
        #expect(throws: RTPError.truncated(needed: 4, available: 3)) { try read([0x90, 0x80, 0x80]) }
    }

    @Test func cutsAFrameIntoEvenPieces() throws {
        let frame = (0..<3001).map { UInt8(truncatingIfNeeded: $0) }
        let packetizer = VP8Packetizer(
            frameByteCount: frame.count, descriptor: VP8Descriptor(startsPartition: true, pictureID: .long(300)),
            maximumPayloadBytes: 1200)
        #expect(packetizer.count == 3)
        var whole: [UInt8] = []
        for index in 0..<packetizer.count {
            var payload: [UInt8] = []
            packetizer.append(index, of: frame.span, to: &payload)
            #expect(payload.count <= 1200 && payload.count >= 1000)
            var length = 0
            let descriptor = try VP8Descriptor(payload.span, byteCount: &length)
            #expect(descriptor.startsFrame == (index == 0))
            #expect(descriptor.pictureID == .long(300))
            whole += payload[length...]
        }
        #expect(whole == frame)
    }

    @Test func readsTheSizeOfAKeyFrame() {
        let key: [UInt8] = [0x10, 2, 0, 0x9D, 0x01, 0x2A, 0x00, 0x05, 0xD0, 0x02]
        func header(_ bytes: [UInt8]) -> VP8FrameHeader { VP8FrameHeader(bytes.span) }
        #expect(header(key).isKeyFrame)
        #expect(header(key).size?.width == 1280)
        #expect(header(key).size?.height == 720)
        #expect(!header([0x11, 2, 0]).isKeyFrame)
        #expect(!header([]).isKeyFrame)
    }

    @Test func opusPacketsTellTheirDuration() throws {
        func opus(_ bytes: [UInt8]) throws -> OpusPacket { try OpusPacket(bytes.span) }
        #expect(try opus([0xFC]).sampleCount == 960)
        #expect(try opus([0xFC]).isStereo)
        #expect(try opus([0x78]).sampleCount == 960)
        #expect(try opus([0x08]).sampleCount == 960)
        #expect(try opus([0xE3, 3]).sampleCount == 360)
        #expect(throws: RTPError.malformed(.opusPayload)) { try opus([0xFB, 63]) }
        #expect(throws: RTPError.malformed(.opusPayload)) { try opus([]) }
    }
}
