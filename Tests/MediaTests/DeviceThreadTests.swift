import CLinux
import Media
import Testing

@Suite struct DeviceThreadTests {
    @Test func runsItsBodyUnderItsName() throws {
        let name = Mailbox<String>()
        let thread = try DeviceThread(name: "a-rather-long-name") { name.put(DeviceThread.currentName) }
        thread.join()
        thread.join()
        #expect(thread.name == "a-rather-long-n")
        #expect(name.take() == "a-rather-long-n")
    }

    @Test @MainActor func startsFromTheMainActor() throws {
        let ran = Mailbox<Bool>()
        let thread = try DeviceThread(name: "from-main") { ran.put(true) }
        thread.join()
        #expect(ran.take() == true)
    }

    @Test func realTimePriorityIsGrantedOrTheThreadHasShortSlices() throws {
        let found = Mailbox<(ordinary: UInt64, urgent: UInt64)>()
        let ordinary = Mailbox<UInt64>()
        let first = try DeviceThread(name: "ordinary") { ordinary.put(clinux_thread_slice()) }
        first.join()
        let usual = try #require(ordinary.take())
        let thread = try DeviceThread(name: "audio", priority: .realTime(20)) {
            found.put((usual, clinux_thread_slice()))
        }
        thread.join()
        let slices = try #require(found.take())
        // Kernels before 6.12 know no slices.
        #expect(thread.isRealTime || slices.urgent == 500_000 || slices.ordinary == 0)
    }

    @Test func anEventSignalIsNotLostWhenItComesFirst() throws {
        let signal = EventSignal()
        let done = EventSignal()
        signal.signal()
        let thread = try DeviceThread(name: "event") {
            signal.wait()
            done.signal()
        }
        done.wait()
        thread.join()
        #expect(signal.drain() == 0)
        #expect(done.drain() == 0)
    }
}
