import Base
import Glibc
import Media
import Testing

@testable import Hardware

/// The system calls themselves, on a file that is no video node.
@Suite struct LinuxVideoNodesTests {
    private let system = LinuxVideoNodes()

    @Test func everyCallThatFailsSaysWhichItIs() throws {
        let descriptor = try system.open("/dev/null")
        defer { system.close(descriptor) }
        let control = NodeControl(
            id: 0x0098_0900, kind: .menu, name: "", minimum: 0, maximum: 1, step: 1, defaultValue: 0)
        for isMultiplanar in [false, true] {
            let node = NodeHandle(descriptor: descriptor, isMultiplanar: isMultiplanar)
            let calls: [(VideoCall, () throws -> Void)] = [
                (.queryCapabilities, { _ = try system.capabilities(descriptor) }),
                (.convert, { try system.convert(descriptor) }),
                (.setFormat, { _ = try system.setFormat(node, fourCC: 1, width: 64, height: 48) }),
                (.requestBuffers, { _ = try system.requestBuffers(node, 4) }),
                (.map, { _ = try system.map(node, buffer: 0) }),
                (.queue, { try system.queue(node, buffer: 0) }),
                (.dequeue, { _ = try system.dequeue(node) }),
                (.streamOn, { try system.streamOn(node) }),
                (.streamOff, { try system.streamOff(node) }),
                (.subscribe, { try system.subscribeToSourceChanges(node, input: 0) }),
                (.nextEvent, { _ = try system.nextEvent(node) }),
                (.queryTimings, { _ = try system.queryTimings(node) }),
                (.adoptTimings, { _ = try system.adoptTimings(node) }),
                (.getControl, { _ = try system.value(node, of: control.id) }),
                (.setControl, { try system.setValue(node, of: control.id, to: 1) }),
            ]
            for (call, body) in calls {
                let failure = #expect(throws: VideoCallFailure.self, "\(call)") { try body() }
                #expect(failure?.call == call)
                #expect(failure?.code == ENOTTY, "\(call)")
            }
            // Where there is nothing to enumerate, that is an answer.
            #expect(try system.pixelFormat(node, at: 0) == nil)
            #expect(try system.sizes(node, of: 1, at: 0) == nil)
            #expect(try system.intervals(node, of: 1, width: 64, height: 48, at: 0) == nil)
            #expect(try system.setInterval(node, FrameInterval(1, 30)) == nil)
            #expect(try system.control(node, after: 0) == nil)
            #expect(try system.menuEntry(node, of: control, at: 0) == nil)
        }
    }

    @Test func whatCannotBeOpenedSaysWhy() {
        for (path, code) in [("/dev/no-such-video", ENOENT), ("/", EISDIR)] {
            let failure = #expect(throws: VideoCallFailure.self) { try system.open(path) }
            #expect(failure == VideoCallFailure(.open, code))
        }
    }
}
