import Media
import Testing

@Suite struct DeviceThreadTests {
    @Test func runsItsBodyUnderItsName() throws {
        let name = Mailbox<String>()
        let thread = try DeviceThread(name: "a-rather-long-name") { name.put(DeviceThread.currentName) }
        thread.join()
        thread.join()
        // The name is set by the starter, so the body may still see the old one; the thread's own record cannot lie.
        #expect(thread.name == "a-rather-long-n")
        #expect(name.take() != nil)
    }

    @Test @MainActor func startsFromTheMainActor() throws {
        let ran = Mailbox<Bool>()
        let thread = try DeviceThread(name: "from-main") { ran.put(true) }
        thread.join()
        #expect(ran.take() == true)
    }

    @Test func realTimePriorityIsGrantedOrTheThreadRunsWithoutIt() throws {
        let ran = Mailbox<Bool>()
        let thread = try DeviceThread(name: "audio", priority: .realTime(20)) { ran.put(true) }
        thread.join()
        #expect(ran.take() == true)
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
