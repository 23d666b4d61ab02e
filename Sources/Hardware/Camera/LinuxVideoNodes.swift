import Base
import CV4L2
import Glibc
import Media

/// The kernel's video nodes, through libv4l2.
struct LinuxVideoNodes: VideoNodeSystem {
    var now: Instant { MonotonicClock.now }

    /// Enumerations end with EINVAL, and ENOTTY where there is nothing to enumerate.
    private func isThere(_ result: Int32, _ call: VideoCall) throws(VideoCallFailure) -> Bool {
        if result == -EINVAL || result == -ENOTTY { return false }
        try check(result, call)
        return true
    }

    @discardableResult
    private func check(_ result: Int32, _ call: VideoCall) throws(VideoCallFailure) -> Int32 {
        guard result >= 0 else { throw VideoCallFailure(call, -result) }
        return result
    }

    func open(_ path: String) throws(VideoCallFailure) -> Int32 {
        try check(cv4l2_open(path), .open)
    }

    func close(_ descriptor: Int32) {
        cv4l2_close(descriptor)
    }

    func capabilities(_ descriptor: Int32) throws(VideoCallFailure) -> VideoCapabilities {
        var node = cv4l2_node()
        try check(cv4l2_node_read(descriptor, &node), .queryCapabilities)
        return VideoCapabilities(&node)
    }

    /// Once, before any thread's libv4l2 has something to say.
    private static let silence: Void = cv4l2_silence()

    func convert(_ descriptor: Int32) throws(VideoCallFailure) {
        Self.silence
        try check(cv4l2_convert(descriptor), .convert)
    }

    func pixelFormat(_ node: NodeHandle, at index: Int) throws(VideoCallFailure) -> UInt32? {
        var fourCC: UInt32 = 0
        let result = cv4l2_pixel_format_at(node.descriptor, node.flag, UInt32(index), &fourCC)
        return try isThere(result, .enumerateFormats) ? fourCC : nil
    }

    func sizes(_ node: NodeHandle, of fourCC: UInt32, at index: Int) throws(VideoCallFailure) -> OfferedSizes? {
        var sizes = cv4l2_sizes()
        guard try isThere(cv4l2_sizes_at(node.descriptor, fourCC, UInt32(index), &sizes), .enumerateSizes)
        else { return nil }
        return OfferedSizes(
            width: (Int(sizes.min_width), Int(sizes.max_width)), step: Int(sizes.step_width),
            height: (Int(sizes.min_height), Int(sizes.max_height)), step: Int(sizes.step_height)) ?? .impossible
    }

    func intervals(
        _ node: NodeHandle, of fourCC: UInt32, width: Int, height: Int, at index: Int
    ) throws(VideoCallFailure) -> OfferedIntervals? {
        var intervals = cv4l2_intervals()
        let result = cv4l2_intervals_at(
            node.descriptor, fourCC, UInt32(width), UInt32(height), UInt32(index), &intervals)
        guard try isThere(result, .enumerateIntervals) else { return nil }
        return OfferedIntervals(
            FrameInterval(intervals.min_numerator, intervals.min_denominator),
            FrameInterval(intervals.max_numerator, intervals.max_denominator))
    }

    func setFormat(
        _ node: NodeHandle, fourCC: UInt32, width: Int, height: Int
    ) throws(VideoCallFailure) -> NodeFormat {
        var format = cv4l2_format()
        format.four_cc = fourCC
        format.width = UInt32(width)
        format.height = UInt32(height)
        try check(cv4l2_set_format(node.descriptor, node.flag, &format), .setFormat)
        return NodeFormat(
            fourCC: format.four_cc, width: Int(format.width), height: Int(format.height), stride: Int(format.stride),
            isWhole: cv4l2_field_is_whole(format.field) != 0, isFullRange: format.is_full_range != 0)
    }

    func setInterval(_ node: NodeHandle, _ interval: FrameInterval) throws(VideoCallFailure) -> FrameInterval? {
        var interval = interval
        let result = cv4l2_set_interval(node.descriptor, node.flag, &interval.numerator, &interval.denominator)
        return try isThere(result, .setInterval) ? interval : nil
    }

    func requestBuffers(_ node: NodeHandle, _ count: Int) throws(VideoCallFailure) -> Int {
        Int(try check(cv4l2_request_buffers(node.descriptor, node.flag, UInt32(count)), .requestBuffers))
    }

    func map(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) -> UnsafeMutableRawBufferPointer {
        var memory: UnsafeMutableRawPointer?
        var length: UInt64 = 0
        try check(cv4l2_map(node.descriptor, node.flag, UInt32(index), &memory, &length), .map)
        return UnsafeMutableRawBufferPointer(start: memory, count: Int(length))
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        cv4l2_unmap(memory.baseAddress, UInt64(memory.count))
    }

    func queue(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) {
        try check(cv4l2_queue(node.descriptor, node.flag, UInt32(index)), .queue)
    }

    func dequeue(_ node: NodeHandle) throws(VideoCallFailure) -> FilledBuffer? {
        var filled = cv4l2_filled()
        let result = cv4l2_dequeue(node.descriptor, node.flag, &filled)
        if result == -EAGAIN { return nil }
        try check(result, .dequeue)
        return FilledBuffer(
            index: Int(filled.index), sequence: filled.sequence, offset: Int(filled.offset), bytes: Int(filled.bytes),
            isDamaged: filled.is_damaged != 0,
            time: filled.monotonic_time > 0 ? Instant(nanoseconds: filled.monotonic_time) : nil)
    }

    func streamOn(_ node: NodeHandle) throws(VideoCallFailure) {
        try check(cv4l2_stream_on(node.descriptor, node.flag), .streamOn)
    }

    func streamOff(_ node: NodeHandle) throws(VideoCallFailure) {
        try check(cv4l2_stream_off(node.descriptor, node.flag), .streamOff)
    }

    func wait(
        for descriptor: Int32?, wantsPictures: Bool, interruption: Int32, until deadline: Instant
    ) throws(VideoCallFailure) -> NodeReadiness {
        let ready = cv4l2_wait(descriptor ?? -1, wantsPictures ? 1 : 0, interruption, deadline.nanoseconds)
        return NodeReadiness(rawValue: try check(ready, .wait))
    }

    func subscribeToSourceChanges(_ node: NodeHandle, input: UInt32) throws(VideoCallFailure) {
        try check(cv4l2_subscribe_source_change(node.descriptor, input), .subscribe)
    }

    func nextEvent(_ node: NodeHandle) throws(VideoCallFailure) -> Bool? {
        var isSourceChange: Int32 = 0
        let result = cv4l2_next_event(node.descriptor, &isSourceChange)
        if result == -ENOENT { return nil }
        try check(result, .nextEvent)
        return isSourceChange != 0
    }

    func queryTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings {
        var timings = cv4l2_timings()
        try check(cv4l2_query_timings(node.descriptor, &timings), .queryTimings)
        return SourceTimings(timings)
    }

    func adoptTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings {
        var timings = cv4l2_timings()
        try check(cv4l2_adopt_timings(node.descriptor, &timings), .adoptTimings)
        return SourceTimings(timings)
    }

    func control(_ node: NodeHandle, after id: UInt32) throws(VideoCallFailure) -> NodeControl? {
        var control = cv4l2_control()
        guard try isThere(cv4l2_control_after(node.descriptor, id, &control), .queryControl) else { return nil }
        return NodeControl(&control)
    }

    func menuEntry(_ node: NodeHandle, of control: NodeControl, at index: Int) throws(VideoCallFailure) -> String? {
        let isInteger: Int32 = control.kind == .integerMenu ? 1 : 0
        var result: Int32 = 0
        let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 33) { buffer in
            buffer.initialize(repeating: 0)
            result = cv4l2_menu_entry(node.descriptor, control.id, UInt32(index), isInteger, buffer.baseAddress!)
            return String(cString: buffer.baseAddress!).trimmed
        }
        return try isThere(result, .queryMenu) ? name : nil
    }

    func value(_ node: NodeHandle, of id: UInt32) throws(VideoCallFailure) -> Int {
        var value: Int32 = 0
        try check(cv4l2_control_get(node.descriptor, id, &value), .getControl)
        return Int(value)
    }

    func setValue(_ node: NodeHandle, of id: UInt32, to value: Int) throws(VideoCallFailure) {
        try check(cv4l2_control_set(node.descriptor, id, Int32(clamping: value)), .setControl)
    }
}

extension NodeHandle {
    fileprivate var flag: Int32 { isMultiplanar ? 1 : 0 }
}

extension SourceTimings {
    fileprivate init(_ timings: cv4l2_timings) {
        self.init(
            width: Int(timings.width), height: Int(timings.height), rate: timings.rate,
            isInterlaced: timings.is_interlaced != 0)
    }
}

extension NodeControl {
    fileprivate init(_ control: UnsafePointer<cv4l2_control>) {
        let answer = control.pointee
        let kind: Kind =
            switch answer.type {
            case cv4l2_control_integer: .integer
            case cv4l2_control_boolean: .boolean
            case cv4l2_control_menu: .menu
            case cv4l2_control_integer_menu: .integerMenu
            default: .other
            }
        self.init(
            id: answer.id, kind: kind, name: String(cString: cv4l2_control_name(control)).trimmed,
            minimum: Int(answer.minimum), maximum: Int(answer.maximum), step: Int(answer.step),
            defaultValue: Int(answer.default_value), isReadOnly: answer.is_read_only != 0,
            isInactive: answer.is_inactive != 0, isDisabled: answer.is_disabled != 0)
    }
}
