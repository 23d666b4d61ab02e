import Base
import Glibc
import Media
import Synchronization
import Testing

@Suite struct RingTests {
    @Test func samplesCrossThreadsInOrderAndComplete() throws {
        let ring = SampleRing(capacity: 1000)
        #expect(ring.capacity == 1024)
        let total = 200_000
        let writer = try DeviceThread(name: "ring-writer") {
            var next = 0
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 480) { block in
                while next < total {
                    let count = min(480, total - next)
                    for index in 0..<count { block[index] = Float(next + index) }
                    next += ring.write(UnsafeBufferPointer(rebasing: block[..<count]))
                    // Nothing taken: the reader has to run; what was not taken is written again.
                    if ring.count == ring.capacity { sched_yield() }
                }
            }
        }
        var expected = 0
        var mismatches = 0
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 333) { block in
            while expected < total {
                let count = ring.read(into: block)
                for index in 0..<count where block[index] != Float(expected + index) { mismatches += 1 }
                expected += count
                if count == 0 { sched_yield() }
            }
        }
        writer.join()
        #expect(mismatches == 0)
        #expect(ring.count == 0)
    }

    @Test func aFullSampleRingTakesOnlyWhatFits() {
        let ring = SampleRing(capacity: 8)
        let samples: [Float] = [1, 2, 3, 4, 5]
        samples.withUnsafeBufferPointer { block in
            #expect(ring.write(block) == 5)
            #expect(ring.write(block) == 3)
            #expect(ring.write(block) == 0)
        }
        #expect(ring.discard(4) == 4)
        var read = [Float](repeating: 0, count: 10)
        let count = read.withUnsafeMutableBufferPointer { ring.read(into: $0) }
        #expect(count == 4)
        #expect(read.prefix(4) == [5, 1, 2, 3])
        #expect(ring.discard(1) == 0)
    }

    @Test func packetsCrossThreadsInOrderWithTheirTags() throws {
        let ring = PacketRing<UInt32>(capacity: 16)
        let total: UInt32 = 5_000
        let writer = try DeviceThread(name: "packet-writer") {
            var packet: [UInt8] = []
            for number in 0..<total {
                packet.removeAll(keepingCapacity: true)
                for _ in 0..<Int(number % 40) { packet.append(UInt8(truncatingIfNeeded: number)) }
                while !ring.push(packet.span, tag: number) { sched_yield() }
            }
        }
        var packet: [UInt8] = []
        var mismatches = 0
        var expected: UInt32 = 0
        while expected < total {
            guard let tag = ring.pop(into: &packet) else {
                sched_yield()
                continue
            }
            let right = packet.allSatisfy { $0 == UInt8(truncatingIfNeeded: expected) }
            if tag != expected || packet.count != Int(expected % 40) || !right { mismatches += 1 }
            expected += 1
        }
        writer.join()
        #expect(mismatches == 0)
        #expect(ring.isEmpty)
    }

    @Test func aPacketRingRefusesAndCountsWhatDoesNotFit() {
        let ring = PacketRing<Int>(capacity: 2)
        let taken = [1501, 1500, 0, 0].enumerated().map { tag, count in
            let packet = [UInt8](repeating: 1, count: count)
            return ring.push(packet.span, tag: tag)
        }
        #expect(taken == [false, true, true, false])
        #expect(ring.dropped == 2)
        #expect(ring.pop { bytes, tag in bytes.count + tag } == 1501)
        #expect(ring.pop { bytes, tag in bytes.count + tag } == 2)
        #expect(ring.pop { _, tag in tag } == nil)
    }

    /// As the statistics do, while both ends are at work.
    @Test func whoOnlyLooksSeesNoImpossibleCount() throws {
        let packets = PacketRing<Int>(capacity: 4)
        let samples = SampleRing(capacity: 4)
        let isDone = Atomic<Bool>(false)
        let taken = Atomic<Int>(0)
        let writer = try DeviceThread(name: "ring-writer") {
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { block in
                block[0] = 1
                while !isDone.load(ordering: .relaxed) {
                    packets.push(UnsafeBufferPointer(start: nil, count: 0), tag: 0)
                    samples.write(UnsafeBufferPointer(block))
                }
            }
        }
        let reader = try DeviceThread(name: "ring-reader") {
            while !isDone.load(ordering: .relaxed) {
                if packets.pop({ _, _ in }) != nil { taken.wrappingAdd(1, ordering: .relaxed) }
                samples.discard(1)
            }
        }
        var impossible = 0
        while taken.load(ordering: .relaxed) < 50_000 {
            if !(0...packets.capacity).contains(packets.count) { impossible += 1 }
            if !(0...samples.capacity).contains(samples.count) { impossible += 1 }
        }
        isDone.store(true, ordering: .relaxed)
        writer.join()
        reader.join()
        #expect(impossible == 0)
    }
}
