import Base
import Testing

@Suite struct DatagramQueueTests {
    @Test func handsOutInOrderAndRefusesTheNewestWhenFull() {
        var queue = DatagramQueue<Int>(capacity: 3)
        for number in 0..<5 {
            var bytes = [UInt8(number)]
            #expect(queue.push(swapping: &bytes, tag: number) == (number < 3))
            #expect(bytes.isEmpty == (number < 3), "what was refused is left as it was")
        }
        #expect(queue.dropped == 2 && queue.isFull && queue.first == 0)
        var bytes: [UInt8] = [9, 9]
        for number in 0..<3 {
            #expect(queue.pop(swapping: &bytes) == number)
            #expect(bytes == [UInt8(number)])
        }
        #expect(queue.pop(swapping: &bytes) == nil && queue.isEmpty)
    }

    /// However much the queue may hold, and however large some datagrams are: memory is that of what is in it at one time.
    @Test func thereAreOnlyAsManyBuffersAsAreInUse() {
        var queue = DatagramQueue<Void>(capacity: 60)
        var incoming: [UInt8] = []
        var outgoing: [UInt8] = []
        var large = 0
        for round in 0..<600 {
            if incoming.capacity >= 10_000 { large += 1 }
            // One key frame, and small ones behind it.
            incoming.append(contentsOf: repeatElement(1, count: round == 10 ? 10_000 : 100))
            queue.push(swapping: &incoming, tag: ())
            if round % 2 == 1 {
                _ = queue.pop(swapping: &outgoing)
                _ = queue.pop(swapping: &outgoing)
            }
        }
        // With two waiting at most, the large one comes round every third time or so; in a ring of 60 it would be every 60th.
        #expect(large >= 100, "\(large) of 600 times")
        #expect(queue.isEmpty)
    }
}
