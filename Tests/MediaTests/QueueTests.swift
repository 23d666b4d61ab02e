import Base
import Media
import Testing

@Suite struct QueueTests {
    @Test func aMailboxKeepsTheLatestAndCountsWhatItReplaced() {
        let mailbox = Mailbox<Int>()
        #expect(mailbox.take() == nil)
        mailbox.put(1)
        mailbox.put(2)
        mailbox.put(3)
        #expect(mailbox.take() == 3)
        #expect(mailbox.take() == nil)
        #expect(mailbox.dropped == 2)
        #expect(mailbox.take(until: .zero) == nil)
    }

    @Test func aMailboxWakesTheOneWhoWaits() throws {
        let question = Mailbox<Int>()
        let answer = Mailbox<Int>()
        let thread = try DeviceThread(name: "mailbox") {
            while let number = question.take(until: .distantFuture) { answer.put(number * 2) }
        }
        for number in 1...100 {
            question.put(number)
            #expect(answer.take(until: .distantFuture) == number * 2)
        }
        question.close()
        thread.join()
        question.put(1)
        #expect(question.take() == nil)
    }

    @Test func aMailboxWaitsUntilItsDeadline() {
        let mailbox = Mailbox<Int>()
        let deadline = MonotonicClock.now + .milliseconds(5)
        #expect(mailbox.take(until: deadline) == nil)
        #expect(MonotonicClock.now >= deadline)
    }

    @Test func theOldestRawFrameGoesAndReturnsToItsPool() throws {
        let pool = FramePool(capacity: 3)
        let queue = DropOldestFrameQueue(capacity: 2)
        for number in 0..<9 {
            let frame = try #require(pool.take(width: 16, height: 16))
            frame.sequence = UInt64(number)
            queue.push(frame)
        }
        #expect(queue.dropped == 7)
        #expect(queue.pop(until: .zero)?.sequence == 7)
        #expect(queue.pop(until: .zero)?.sequence == 8)
        #expect(queue.pop(until: .zero) == nil)
        #expect(pool.exhausted == 0)
    }

    @Test func aPoolIsExhaustedWhileItsFramesAreInUse() throws {
        let pool = FramePool(capacity: 2)
        var first = pool.take(width: 64, height: 32)
        let second = try #require(pool.take(width: 63, height: 31))
        #expect(second.chromaWidth == 32 && second.chromaHeight == 16 && second.strideY == 64)
        #expect(pool.take(width: 64, height: 32) == nil)
        #expect(pool.exhausted == 1)
        #expect(first?.width == 64)
        first = nil
        #expect(pool.take(width: 128, height: 64)?.strideY == 128)
    }

    /// Memory that was touched once stays with the process: who needs two frames at a time is to touch two.
    @Test func aPoolUsesNoMoreFramesThanAreNeededAtATime() throws {
        let pool = FramePool(capacity: 20)
        var seen: Set<ObjectIdentifier> = []
        var shown: VideoFrame?
        for _ in 0..<100 {
            let frame = try #require(pool.take(width: 16, height: 16))
            seen.insert(ObjectIdentifier(frame))
            shown = frame
        }
        #expect(shown != nil)
        #expect(seen.count == 2)
    }

    @Test func closingAFrameQueueEndsItsWait() throws {
        let queue = DropOldestFrameQueue()
        let thread = try DeviceThread(name: "encode") {
            while queue.pop(until: .distantFuture) != nil {}
        }
        let pool = FramePool(capacity: 4)
        for _ in 0..<10 { if let frame = pool.take(width: 2, height: 2) { queue.push(frame) } }
        queue.close()
        thread.join()
        #expect(queue.pop(until: .distantFuture) == nil)
    }

    @Test func anEncodedFrameQueueRefusesUntilAKeyFrameFindsRoom() {
        let queue = EncodedFrameQueue<Int>(capacity: 2)
        var bytes: [UInt8] = [1]
        #expect(queue.push(swapping: &bytes, isKeyFrame: true, tag: 1))
        #expect(bytes.isEmpty)
        bytes = [2]
        #expect(queue.push(swapping: &bytes, isKeyFrame: false, tag: 2))
        #expect(!queue.takeKeyFrameNeed())
        bytes = [3]
        #expect(!queue.push(swapping: &bytes, isKeyFrame: false, tag: 3))
        #expect(bytes == [3])
        // A key frame would be refused as well.
        #expect(!queue.takeKeyFrameNeed())
        // There is room again, but this picture refers to the refused one.
        #expect(queue.pop(swapping: &bytes)?.tag == 1)
        #expect(bytes == [1])
        #expect(queue.takeKeyFrameNeed())
        #expect(!queue.takeKeyFrameNeed())
        bytes = [4]
        #expect(!queue.push(swapping: &bytes, isKeyFrame: false, tag: 4))
        // What was asked for may have been lost on its way.
        #expect(queue.takeKeyFrameNeed())
        bytes = [5]
        #expect(queue.push(swapping: &bytes, isKeyFrame: true, tag: 5))
        bytes = [6]
        // A refused key frame is asked for again.
        #expect(!queue.push(swapping: &bytes, isKeyFrame: true, tag: 6))
        #expect(queue.rejected == 3)
        #expect(queue.pop(swapping: &bytes)?.tag == 2)
        #expect(queue.takeKeyFrameNeed())
        let last = queue.pop(swapping: &bytes, until: .zero)
        #expect(last?.tag == 5 && last?.isKeyFrame == true && bytes == [5])
        #expect(queue.pop(swapping: &bytes, until: .zero) == nil)
    }

    @Test func aNewConnectionsFirstPictureIsAKeyFrame() {
        let queue = EncodedFrameQueue<Int>(capacity: 2, startsWithKeyFrame: true)
        #expect(queue.takeKeyFrameNeed())
        var bytes: [UInt8] = [1]
        #expect(!queue.push(swapping: &bytes, isKeyFrame: false, tag: 1))
        #expect(queue.push(swapping: &bytes, isKeyFrame: true, tag: 2))
        #expect(queue.pop(swapping: &bytes)?.tag == 2)
    }

    @Test func encodedFramesCrossThreadsInOrder() throws {
        let queue = EncodedFrameQueue<Int>(capacity: 100)
        let result = Mailbox<[Int]>()
        let reader = try DeviceThread(name: "decode") {
            var tags: [Int] = []
            var bytes: [UInt8] = []
            while let popped = queue.pop(swapping: &bytes, until: .distantFuture) { tags.append(popped.tag) }
            result.put(tags)
        }
        var bytes: [UInt8] = []
        for number in 0..<100 {
            bytes.append(UInt8(number))
            queue.push(swapping: &bytes, isKeyFrame: number == 0, tag: number)
        }
        queue.close()
        reader.join()
        #expect(result.take() == Array(0..<100))
    }
}
