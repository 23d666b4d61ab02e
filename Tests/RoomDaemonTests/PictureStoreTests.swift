import Base
import Compositor
import Media
import Testing

@testable import RoomDaemon

@Suite struct PictureStoreTests {
    private let pool = FramePool(capacity: 64)

    private func frame(_ sequence: UInt64, at milliseconds: Int64) throws -> VideoFrame {
        let frame = try #require(pool.take(width: 16, height: 16))
        frame.sequence = sequence
        frame.presentationTime = Instant(nanoseconds: milliseconds * 1_000_000)
        return frame
    }

    private func time(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func showsEachPictureWhenItsTimeHasComeAndSkipsThoseThatCameTooLate() throws {
        let store = PictureStore()
        for (sequence, at) in [(1, 100), (2, 133), (3, 166)] as [(UInt64, Int64)] {
            store.add(try frame(sequence, at: at), to: .camera("a"))
        }
        #expect(!store.advance(to: time(99)))
        #expect(store.picture(.camera("a")) == nil && store.visible.isEmpty)
        #expect(store.advance(to: time(100)))
        #expect(store.picture(.camera("a"))?.sequence == 1)
        #expect(!store.advance(to: time(120)))
        #expect(store.advance(to: time(170)))
        #expect(store.picture(.camera("a"))?.sequence == 3)
    }

    @Test func neverHoldsMoreThanItsLimit() throws {
        let store = PictureStore()
        for sequence in 0..<UInt64(PictureStore.capacity + 15) {
            store.add(try frame(sequence, at: 1_000_000), to: .camera("a"))
        }
        // Frames that were thrown out are free again, but for the one that is shown.
        var taken: [VideoFrame] = []
        while let frame = pool.take(width: 16, height: 16) { taken.append(frame) }
        #expect(taken.count == 64 - PictureStore.capacity - 1)
        #expect(store.advance(to: time(2_000_000)))
        #expect(store.picture(.camera("a"))?.sequence == UInt64(PictureStore.capacity + 14))
    }

    @Test func aStreamOfTooManyPicturesGoesOnBeforeItsTime() throws {
        let store = PictureStore()
        for sequence in 0..<UInt64(PictureStore.capacity + 1) {
            store.add(try frame(sequence, at: 1_000_000), to: .camera("a"))
        }
        #expect(store.advance(to: time(1)))
        #expect(store.picture(.camera("a"))?.sequence == 0)
        #expect(!store.advance(to: time(2)))
    }

    @Test func forgetsWhoHasLeft() throws {
        let store = PictureStore()
        store.add(try frame(1, at: 0), to: .camera("a"))
        #expect(store.advance(to: time(1)))
        store.remove(.camera("a"))
        #expect(store.visible.isEmpty && store.picture(.camera("a")) == nil)
    }
}

@Suite struct SerialTasksTests {
    @Test func jobsRunOneAfterTheOtherInOrder() async {
        let tasks = SerialTasks()
        let (numbers, yield) = AsyncStream<Int>.makeStream()
        for number in 0..<100 {
            tasks.run {
                // The first is the slowest: without a queue the others would overtake it.
                if number == 0 { for _ in 0..<1000 { await Task.yield() } }
                yield.yield(number)
            }
        }
        await tasks.finish()
        yield.finish()
        var seen: [Int] = []
        for await number in numbers { seen.append(number) }
        #expect(seen == Array(0..<100))
    }
}
