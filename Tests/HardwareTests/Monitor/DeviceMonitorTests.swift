import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

/// News that a test writes.
private final class FakeNews: DeviceNews {
    private let signal = EventSignal()
    private let items = Mutex<[DeviceNewsItem]>([])

    var descriptor: Int32 { signal.fileDescriptor }

    func tell(_ news: DeviceNewsItem...) {
        items.withLock { $0 += news }
        signal.signal()
    }

    func next() -> DeviceNewsItem {
        items.withLock { items in
            if items.isEmpty {
                signal.drain()
                return .none
            }
            return items.removeFirst()
        }
    }
}

@Suite struct DeviceMonitorTests {
    private func change(_ kind: DeviceChange.Kind, _ name: String) -> DeviceChange {
        DeviceChange(kind: kind, subsystem: .video, node: "/dev/\(name)", name: name)
    }

    private func at(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    // MARK: - Settling

    @Test func aBurstIsToldOnceAfterAShortQuiet() {
        var settler = DeviceChangeSettler()
        #expect(settler.deadline == nil)
        settler.heard(change(.added, "video0"), at: at(0))
        settler.heard(change(.added, "video1"), at: at(30))
        #expect(settler.deadline == at(80))
        #expect(settler.take(at: at(79)) == [])
        #expect(settler.take(at: at(80)) == [change(.added, "video0"), change(.added, "video1")])
        #expect(settler.deadline == nil)
        #expect(settler.take(at: at(1000)) == [])
    }

    @Test func anUnbrokenStreamIsToldAtIntervals() {
        var settler = DeviceChangeSettler()
        for time in 0..<25 { settler.heard(change(.changed, "video0"), at: at(Int64(time) * 10)) }
        #expect(settler.deadline == at(250))
        #expect(settler.take(at: at(250)) == [change(.changed, "video0")])
    }

    @Test func ofOneDeviceOnlyTheLastChangeIsTold() {
        var settler = DeviceChangeSettler()
        settler.heard(change(.added, "video0"), at: at(0))
        settler.heard(change(.changed, "video0"), at: at(1))
        settler.heard(change(.removed, "video1"), at: at(2))
        settler.heard(change(.added, "video1"), at: at(3))
        settler.heard(change(.added, "video2"), at: at(4))
        settler.heard(change(.removed, "video2"), at: at(5))
        #expect(
            settler.take(at: at(100)) == [
                change(.added, "video0"), change(.added, "video1"), change(.removed, "video2"),
            ])
    }

    @Test func lostNewsMeanThatEverythingMayHaveChanged() {
        var settler = DeviceChangeSettler()
        settler.missed(at: at(0))
        let told = settler.take(at: at(50))
        #expect(told.map(\.subsystem) == [.video, .sound, .display])
        #expect(told.allSatisfy { $0.kind == .changed && $0.node == nil })
        for number in 0..<1000 { settler.heard(change(.added, "video\(number)"), at: at(100)) }
        #expect(settler.take(at: at(400)).count <= DeviceChangeSettler.capacity)
    }

    // MARK: - The thread

    @Test func theObserverIsToldOnTheMonitorsThread() throws {
        let news = FakeNews()
        let told = Monitor<[DeviceChange]>([])
        let monitor = DeviceMonitor(news, remark: nil) { changes in
            #expect(DeviceThread.currentName == "devices")
            told.update { $0 += changes }
        }
        #expect(monitor.problem == nil)
        news.tell(.irrelevant, .change(change(.added, "video0")), .change(change(.added, "video1")))
        let first = told.wait(until: MonotonicClock.now + .seconds(10)) { $0.isEmpty ? nil : $0 }
        #expect(first == [change(.added, "video0"), change(.added, "video1")])
        news.tell(.change(change(.removed, "video0")))
        let both = told.wait(until: MonotonicClock.now + .seconds(10)) { $0.count > 2 ? $0.last : nil }
        #expect(both == change(.removed, "video0"))
        monitor.stop()
        monitor.stop()
    }

    @Test func aSourceThatFailsEndsTheThreadAndIsTold() {
        let news = FakeNews()
        let monitor = DeviceMonitor(news, remark: nil) { _ in }
        news.tell(.failed(EBADF))
        let deadline = MonotonicClock.now + .seconds(10)
        while monitor.problem == nil, MonotonicClock.now < deadline { sched_yield() }
        #expect(monitor.problem?.message.contains("word of devices ended: Bad file descriptor") == true)
        monitor.stop()
    }

    @Test func withoutNewsTheProblemIsToldAndNothingElseHappens() {
        let monitor = DeviceMonitor(nil, remark: "no netlink here") { _ in Issue.record("there is nothing to tell") }
        #expect(monitor.problem?.message == "no netlink here")
        monitor.stop()
    }

    // MARK: - libudev

    @Test func withoutUdevdTheKernelsWordServesAndThatIsSaid() throws {
        let news = try? UdevNews(control: "/no/such/udev/control")
        // Where netlink is not permitted there is neither.
        guard let news else { return }
        #expect(news.remark?.contains("/no/such/udev/control") == true)
        #expect(news.descriptor >= 0)
        #expect(news.next() == .none)
    }

    @Test func theMachinesMonitorStartsAndStopsWhereverItRuns() {
        let monitor = DeviceMonitor { _ in }
        monitor.stop()
    }
}
