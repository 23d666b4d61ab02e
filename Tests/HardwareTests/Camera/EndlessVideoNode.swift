import Base
import Glibc
import Synchronization

@testable import Hardware

/// A driver whose calls allocate nothing once it streams: a picture is always there, and every fifth is damaged. All else
/// is a `FakeVideoDriver`'s.
final class EndlessVideoNode: VideoNodeSystem {
    struct Pictures {
        var count: UInt32 = 0
        /// A ring of the queued buffers, by index.
        var queued: UInt32 = 0
    }

    let driver = FakeVideoDriver(["/dev/video0": .camera()])
    private let pictures = Mutex(Pictures())

    var now: Instant { Instant(nanoseconds: 33_000_000 * Int64(pictures.withLock { $0.count } + 1)) }

    func queue(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) {
        pictures.withLock { $0.queued |= 1 << UInt32(index) }
    }

    func dequeue(_ node: NodeHandle) throws(VideoCallFailure) -> FilledBuffer? {
        pictures.withLock { pictures in
            guard pictures.queued != 0 else { return nil }
            let index = pictures.queued.trailingZeroBitCount
            pictures.queued &= ~(1 << UInt32(index))
            pictures.count += 1
            return FilledBuffer(
                index: index, sequence: pictures.count, bytes: 64 * 48 * 2, isDamaged: pictures.count % 5 == 0,
                time: nil)
        }
    }

    func wait(
        for descriptor: Int32?, wantsPictures: Bool, interruption: Int32, until deadline: Instant
    ) throws(VideoCallFailure) -> NodeReadiness { .picture }

    // MARK: - As they are

    func open(_ path: String) throws(VideoCallFailure) -> Int32 { try driver.open(path) }
    func close(_ descriptor: Int32) { driver.close(descriptor) }
    func capabilities(_ descriptor: Int32) throws(VideoCallFailure) -> VideoCapabilities {
        try driver.capabilities(descriptor)
    }
    func convert(_ descriptor: Int32) throws(VideoCallFailure) { try driver.convert(descriptor) }
    func pixelFormat(_ node: NodeHandle, at index: Int) throws(VideoCallFailure) -> UInt32? {
        try driver.pixelFormat(node, at: index)
    }
    func sizes(_ node: NodeHandle, of fourCC: UInt32, at index: Int) throws(VideoCallFailure) -> OfferedSizes? {
        try driver.sizes(node, of: fourCC, at: index)
    }
    func intervals(
        _ node: NodeHandle, of fourCC: UInt32, width: Int, height: Int, at index: Int
    ) throws(VideoCallFailure) -> OfferedIntervals? {
        try driver.intervals(node, of: fourCC, width: width, height: height, at: index)
    }
    func setFormat(
        _ node: NodeHandle, fourCC: UInt32, width: Int, height: Int
    ) throws(VideoCallFailure) -> NodeFormat {
        try driver.setFormat(node, fourCC: fourCC, width: width, height: height)
    }
    func setInterval(_ node: NodeHandle, _ interval: FrameInterval) throws(VideoCallFailure) -> FrameInterval? {
        try driver.setInterval(node, interval)
    }
    func requestBuffers(_ node: NodeHandle, _ count: Int) throws(VideoCallFailure) -> Int {
        try driver.requestBuffers(node, count)
    }
    func map(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) -> UnsafeMutableRawBufferPointer {
        try driver.map(node, buffer: index)
    }
    func unmap(_ memory: UnsafeMutableRawBufferPointer) { driver.unmap(memory) }
    func streamOn(_ node: NodeHandle) throws(VideoCallFailure) { try driver.streamOn(node) }
    func streamOff(_ node: NodeHandle) throws(VideoCallFailure) { try driver.streamOff(node) }
    func subscribeToSourceChanges(_ node: NodeHandle, input: UInt32) throws(VideoCallFailure) {
        try driver.subscribeToSourceChanges(node, input: input)
    }
    func nextEvent(_ node: NodeHandle) throws(VideoCallFailure) -> Bool? { try driver.nextEvent(node) }
    func queryTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings { try driver.queryTimings(node) }
    func adoptTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings { try driver.adoptTimings(node) }
    func control(_ node: NodeHandle, after id: UInt32) throws(VideoCallFailure) -> NodeControl? {
        try driver.control(node, after: id)
    }
    func menuEntry(_ node: NodeHandle, of control: NodeControl, at index: Int) throws(VideoCallFailure) -> String? {
        try driver.menuEntry(node, of: control, at: index)
    }
    func value(_ node: NodeHandle, of id: UInt32) throws(VideoCallFailure) -> Int { try driver.value(node, of: id) }
    func setValue(_ node: NodeHandle, of id: UInt32, to value: Int) throws(VideoCallFailure) {
        try driver.setValue(node, of: id, to: value)
    }
}
