import Base
import Glibc
import Media
import Synchronization

@testable import Hardware

/// A kernel with V4L2 devices in virtual time: it keeps the rules of buffers and streams, can fail at each call, and
/// counts what is open and mapped.
final class FakeVideoDriver: VideoNodeSystem {
    struct File: Sendable {
        var node: String
        var isGone = false
        var isConverting = false
        var isSubscribed = false
        var format: StreamFormat?
        var fourCC: UInt32 = 0
        var rate = 30.0
        var buffers = 0
        var mapped: Set<UInt> = []
        var mappedIndices: [Int: UInt] = [:]
        var queued: [Int] = []
        var isStreaming = false
        var streamBegan = Instant.zero
        var pictures = 0
        var events = 0
    }

    struct Injection: Sendable {
        var code: Int32
        /// Calls that still go well.
        var skip: Int
        /// Calls that fail after those.
        var times: Int
    }

    struct State: Sendable {
        var now = Instant(nanoseconds: 1_000_000_000)
        var devices: [String: FakeVideoDevice] = [:]
        var files: [Int32: File] = [:]
        var nextDescriptor: Int32 = 100
        var injections: [VideoCall: Injection] = [:]
        var happenings: [(at: Instant, what: @Sendable (FakeVideoDriver) -> Void)] = []
        /// Happens at the nth call from now, before it.
        var atCall: (count: Int, what: @Sendable (FakeVideoDriver) -> Void)?
        var calls: [VideoCall: Int] = [:]
        var opened = 0
        var closed = 0
        var mapped = 0
        var unmapped = 0
        var violations: [String] = []
        var holdsTime = false
        var waiting = 0
    }

    let state = Mutex(State())

    init(_ devices: [String: FakeVideoDevice] = [:]) {
        state.withLock { $0.devices = devices }
    }

    // MARK: - For the test

    var now: Instant { state.withLock { $0.now } }
    func calls(_ call: VideoCall) -> Int { state.withLock { $0.calls[call] ?? 0 } }
    var allCalls: Int { state.withLock { $0.calls.values.reduce(0, +) } }

    /// What is wrong with the books; empty when everything was given back and no rule was broken.
    var debts: [String] {
        state.withLock { state in
            var debts = state.violations
            if !state.files.isEmpty { debts.append("open: \(state.files.keys.sorted())") }
            if state.opened != state.closed { debts.append("\(state.opened) opened, \(state.closed) closed") }
            if state.mapped != state.unmapped { debts.append("\(state.mapped) mapped, \(state.unmapped) unmapped") }
            return debts
        }
    }

    func fail(_ call: VideoCall, _ code: Int32, after skip: Int = 0, times: Int = 1) {
        state.withLock { $0.injections[call] = Injection(code: code, skip: skip, times: times) }
    }

    func at(_ instant: Instant, _ what: @escaping @Sendable (FakeVideoDriver) -> Void) {
        state.withLock { state in
            state.happenings.append((instant, what))
            state.happenings.sort { $0.at < $1.at }
        }
    }

    func atCall(_ count: Int, _ what: @escaping @Sendable (FakeVideoDriver) -> Void) {
        state.withLock { $0.atCall = (count, what) }
    }

    func plug(_ device: FakeVideoDevice, as node: String) {
        state.withLock { $0.devices[node] = device }
    }

    func unplug(_ node: String) {
        state.withLock { state in
            state.devices[node] = nil
            for descriptor in state.files.keys where state.files[descriptor]?.node == node {
                state.files[descriptor]?.isGone = true
            }
        }
    }

    func change(_ node: String, _ change: (inout FakeVideoDevice) -> Void) {
        state.withLock { state in
            if var device = state.devices[node] {
                change(&device)
                state.devices[node] = device
            }
        }
    }

    /// Another thing is plugged into an HDMI input, or nothing.
    func setSource(_ node: String, _ source: Result<SourceTimings, FakeErrno>) {
        change(node) { $0.source = source }
        state.withLock { state in
            for descriptor in state.files.keys where state.files[descriptor]?.node == node {
                if state.files[descriptor]?.isSubscribed == true { state.files[descriptor]?.events += 1 }
            }
        }
    }

    /// As `HardwareInventory.scan` would see the devices.
    var locator: CameraLocator {
        CameraLocator(scan: { [self] in
            let devices = state.withLock { $0.devices }
            return HardwareInventory(
                devices: devices.map { node, device in
                    HardwareDevice(
                        description: DeviceDescription(
                            id: device.id, kind: device.capabilities.hasDVTimings ? .content : .camera,
                            name: device.capabilities.card, bus: device.capabilities.bus ?? "usb"),
                        aliases: [node])
                })
        })
    }

    // MARK: - Calls

    private func enter(_ call: VideoCall) throws(VideoCallFailure) {
        let what: (@Sendable (FakeVideoDriver) -> Void)? = state.withLock { state in
            state.calls[call, default: 0] += 1
            guard let atCall = state.atCall else { return nil }
            if atCall.count > 0 {
                state.atCall?.count -= 1
                return nil
            }
            state.atCall = nil
            return atCall.what
        }
        what?(self)
        let code: Int32? = state.withLock { state in
            guard var injection = state.injections[call] else { return nil }
            defer { state.injections[call] = injection }
            if injection.skip > 0 {
                injection.skip -= 1
                return nil
            }
            guard injection.times > 0 else { return nil }
            injection.times -= 1
            return injection.code
        }
        if let code { throw VideoCallFailure(call, code) }
    }

    /// One call on an open file of a device that is there.
    private func with<Result: Sendable>(
        _ descriptor: Int32, _ call: VideoCall,
        _ body: (inout State, inout File, FakeVideoDevice) throws(FakeErrno) -> Result
    ) throws(VideoCallFailure) -> Result {
        try enter(call)
        do throws(FakeErrno) {
            return try state.withLock { (state) throws(FakeErrno) in
                guard var file = state.files[descriptor] else {
                    state.violations.append("\(call.rawValue) on descriptor \(descriptor), which is not open")
                    throw FakeErrno(EBADF)
                }
                guard !file.isGone, let device = state.devices[file.node] else { throw FakeErrno(ENODEV) }
                defer { state.files[descriptor] = file }
                return try body(&state, &file, device)
            }
        } catch {
            throw VideoCallFailure(call, error.code)
        }
    }

    func open(_ path: String) throws(VideoCallFailure) -> Int32 {
        try enter(.open)
        let descriptor: Int32? = state.withLock { state in
            guard let node = state.devices.first(where: { $0.key == path || $0.value.id == path })?.key
            else { return nil }
            state.nextDescriptor += 1
            state.opened += 1
            state.files[state.nextDescriptor] = File(node: node)
            return state.nextDescriptor
        }
        guard let descriptor else { throw VideoCallFailure(.open, ENOENT) }
        return descriptor
    }

    func close(_ descriptor: Int32) {
        state.withLock { state in
            guard let file = state.files.removeValue(forKey: descriptor) else {
                state.violations.append("close of descriptor \(descriptor), which is not open")
                return
            }
            state.closed += 1
            if !file.mapped.isEmpty { state.violations.append("closed with \(file.mapped.count) buffers mapped") }
        }
    }

    func capabilities(_ descriptor: Int32) throws(VideoCallFailure) -> VideoCapabilities {
        try with(descriptor, .queryCapabilities) { _, _, device in device.capabilities }
    }

    func convert(_ descriptor: Int32) throws(VideoCallFailure) {
        try with(descriptor, .convert) { _, file, _ in file.isConverting = true }
    }

    private func formats(_ file: File, _ device: FakeVideoDevice) -> [FakeVideoDevice.Format] {
        device.formats.filter { !$0.isConverted || file.isConverting }
    }

    func pixelFormat(_ node: NodeHandle, at index: Int) throws(VideoCallFailure) -> UInt32? {
        try with(node.descriptor, .enumerateFormats) { _, file, device in
            let formats = formats(file, device)
            return formats.indices.contains(index) ? formats[index].fourCC : nil
        }
    }

    func sizes(_ node: NodeHandle, of fourCC: UInt32, at index: Int) throws(VideoCallFailure) -> OfferedSizes? {
        try with(node.descriptor, .enumerateSizes) { _, file, device in
            guard let format = formats(file, device).first(where: { $0.fourCC == fourCC }) else { return nil }
            return format.sizes.indices.contains(index) ? format.sizes[index] : nil
        }
    }

    func intervals(
        _ node: NodeHandle, of fourCC: UInt32, width: Int, height: Int, at index: Int
    ) throws(VideoCallFailure) -> OfferedIntervals? {
        try with(node.descriptor, .enumerateIntervals) { _, file, device in
            guard let format = formats(file, device).first(where: { $0.fourCC == fourCC }) else { return nil }
            return format.intervals.indices.contains(index) ? format.intervals[index] : nil
        }
    }

    func setFormat(
        _ node: NodeHandle, fourCC: UInt32, width: Int, height: Int
    ) throws(VideoCallFailure) -> NodeFormat {
        try with(node.descriptor, .setFormat) { (_, file, device) throws(FakeErrno) in
            guard file.buffers == 0 else { throw FakeErrno(EBUSY) }
            guard formats(file, device).contains(where: { $0.fourCC == fourCC }) else { throw FakeErrno(EINVAL) }
            file.fourCC = fourCC
            let stride = device.strideOfAnswer ?? PixelFormat(fourCC: fourCC)?.rowBytes(width: width) ?? 0
            let answer = NodeFormat(
                fourCC: fourCC, width: width, height: height, stride: stride, isWhole: device.answersWholePictures)
            file.format = try? StreamFormat(answer, rate: nil)
            if case .success(let timings) = device.source, device.capabilities.hasDVTimings { file.rate = timings.rate }
            return answer
        }
    }

    func setInterval(_ node: NodeHandle, _ interval: FrameInterval) throws(VideoCallFailure) -> FrameInterval? {
        try with(node.descriptor, .setInterval) { _, file, _ in
            file.rate = interval.rate
            return interval
        }
    }

    func requestBuffers(_ node: NodeHandle, _ count: Int) throws(VideoCallFailure) -> Int {
        try with(node.descriptor, .requestBuffers) { (_, file, device) throws(FakeErrno) in
            guard file.mapped.isEmpty else { throw FakeErrno(EBUSY) }
            file.buffers = min(count, device.buffersGranted)
            file.queued = []
            file.isStreaming = false
            return file.buffers
        }
    }

    func map(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) -> UnsafeMutableRawBufferPointer {
        let address: UInt = try with(node.descriptor, .map) { (state, file, _) throws(FakeErrno) in
            guard index < file.buffers, let format = file.format else { throw FakeErrno(EINVAL) }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes(format), alignment: 4096)
            let address = UInt(bitPattern: memory)
            file.mapped.insert(address)
            file.mappedIndices[index] = address
            state.mapped += 1
            return address
        }
        let format = state.withLock { $0.files[node.descriptor]?.format }
        return UnsafeMutableRawBufferPointer(
            start: UnsafeMutableRawPointer(bitPattern: address), count: format.map(Self.bytes) ?? 0)
    }

    private static func bytes(_ format: StreamFormat) -> Int {
        format.pixelFormat.isCompressed
            ? 4096
            : format.pixelFormat.pictureBytes(width: format.width, height: format.height, stride: format.stride) + 64
    }

    func unmap(_ memory: UnsafeMutableRawBufferPointer) {
        let address = UInt(bitPattern: memory.baseAddress)
        state.withLock { state in
            for descriptor in state.files.keys where state.files[descriptor]?.mapped.contains(address) == true {
                state.files[descriptor]?.mapped.remove(address)
                state.unmapped += 1
                UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
                return
            }
            state.violations.append("unmap of what is not mapped")
        }
    }

    func queue(_ node: NodeHandle, buffer index: Int) throws(VideoCallFailure) {
        try with(node.descriptor, .queue) { (_, file, _) throws(FakeErrno) in
            guard index < file.buffers, !file.queued.contains(index) else { throw FakeErrno(EINVAL) }
            file.queued.append(index)
        }
    }

    func streamOn(_ node: NodeHandle) throws(VideoCallFailure) {
        try with(node.descriptor, .streamOn) { (state, file, device) throws(FakeErrno) in
            guard let format = file.format else { throw FakeErrno(EINVAL) }
            let most = device.formats.first { $0.fourCC == file.fourCC }?.mostPixelRate ?? .infinity
            guard Double(format.width * format.height) * file.rate <= most else { throw FakeErrno(ENOSPC) }
            file.isStreaming = true
            file.streamBegan = state.now
            file.pictures = 0
        }
    }

    func streamOff(_ node: NodeHandle) throws(VideoCallFailure) {
        try with(node.descriptor, .streamOff) { _, file, _ in
            file.isStreaming = false
            file.queued = []
        }
    }

    /// When the next picture is ready.
    private static func due(_ file: File, _ device: FakeVideoDevice) -> Instant? {
        guard file.isStreaming, !file.queued.isEmpty, file.rate > 0 else { return nil }
        guard file.pictures < device.lastPicture else { return nil }
        return file.streamBegan + .seconds(Double(file.pictures + 1) / file.rate)
    }

    func dequeue(_ node: NodeHandle) throws(VideoCallFailure) -> FilledBuffer? {
        try with(node.descriptor, .dequeue) { (state, file, device) throws(FakeErrno) in
            guard file.isStreaming, let format = file.format else { throw FakeErrno(EINVAL) }
            guard !device.isLying, let due = Self.due(file, device), due <= state.now else { return nil }
            let index = file.queued.removeFirst()
            let number = file.pictures
            file.pictures += 1
            let bytes = device.picture(number, format)
            if let address = file.mappedIndices[index], let memory = UnsafeMutableRawPointer(bitPattern: address) {
                bytes.withUnsafeBytes {
                    memory.copyMemory(from: $0.baseAddress!, byteCount: min($0.count, Self.bytes(format)))
                }
            }
            return FilledBuffer(
                index: device.indexOfPicture ?? index, sequence: device.sequence(number), bytes: bytes.count,
                isDamaged: device.isDamaged(number), time: device.stamp(due))
        }
    }

    func wait(
        for descriptor: Int32?, wantsPictures: Bool, interruption: Int32, until deadline: Instant
    ) throws(VideoCallFailure) -> NodeReadiness {
        try enter(.wait)
        while true {
            if isSignalled(interruption, milliseconds: 0) { return .interruption }
            if state.withLock({ $0.holdsTime }) {
                state.withLock { $0.waiting += 1 }
                if isSignalled(interruption, milliseconds: -1) { return .interruption }
            }
            let step: (ready: NodeReadiness?, what: (@Sendable (FakeVideoDriver) -> Void)?) = state.withLock { state in
                var ready: NodeReadiness = []
                var due: Instant?
                if let descriptor {
                    guard let file = state.files[descriptor] else { return (.failure, nil) }
                    guard !file.isGone, let device = state.devices[file.node] else { return ([.failure, .event], nil) }
                    if device.failsInPoll { return (.failure, nil) }
                    if file.events > 0 { ready.insert(.event) }
                    if wantsPictures {
                        if !file.isStreaming { return (.failure, nil) }
                        due = device.isLying ? state.now : Self.due(file, device)
                        if let due, due <= state.now { ready.insert(.picture) }
                    }
                    if !ready.isEmpty { return (ready, nil) }
                }
                let until = min(deadline, due ?? deadline)
                if let happening = state.happenings.first, happening.at <= until {
                    state.happenings.removeFirst()
                    state.now = max(state.now, happening.at)
                    return (nil, happening.what)
                }
                state.now = max(state.now, until)
                return (due.map { $0 <= state.now ? .picture : [] } ?? [], nil)
            }
            if let ready = step.ready { return ready }
            step.what?(self)
        }
    }

    private func isSignalled(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, milliseconds) > 0
    }

    func subscribeToSourceChanges(_ node: NodeHandle, input: UInt32) throws(VideoCallFailure) {
        try with(node.descriptor, .subscribe) { (_, file, device) throws(FakeErrno) in
            guard device.knowsSourceChanges else { throw FakeErrno(ENOTTY) }
            file.isSubscribed = true
        }
    }

    func nextEvent(_ node: NodeHandle) throws(VideoCallFailure) -> Bool? {
        try with(node.descriptor, .nextEvent) { _, file, _ in
            guard file.events > 0 else { return nil }
            file.events -= 1
            return true
        }
    }

    func queryTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings {
        try with(node.descriptor, .queryTimings) { (_, _, device) throws(FakeErrno) in try device.source.get() }
    }

    func adoptTimings(_ node: NodeHandle) throws(VideoCallFailure) -> SourceTimings {
        try with(node.descriptor, .adoptTimings) { (_, file, device) throws(FakeErrno) in
            let timings = try device.source.get()
            guard file.buffers == 0 else { throw FakeErrno(EBUSY) }
            return timings
        }
    }

    func control(_ node: NodeHandle, after id: UInt32) throws(VideoCallFailure) -> NodeControl? {
        try with(node.descriptor, .queryControl) { _, _, device in
            guard var control = device.controls.filter({ $0.id > id }).min(by: { $0.id < $1.id }) else { return nil }
            if !device.isActive(control.id) { control.isInactive = true }
            return control
        }
    }

    func menuEntry(_ node: NodeHandle, of control: NodeControl, at index: Int) throws(VideoCallFailure) -> String? {
        try with(node.descriptor, .queryMenu) { _, _, device in device.menus[control.id]?[index] }
    }

    func value(_ node: NodeHandle, of id: UInt32) throws(VideoCallFailure) -> Int {
        try with(node.descriptor, .getControl) { _, _, device in
            device.values[id] ?? device.controls.first { $0.id == id }?.defaultValue ?? 0
        }
    }

    func setValue(_ node: NodeHandle, of id: UInt32, to value: Int) throws(VideoCallFailure) {
        try with(node.descriptor, .setControl) { (state, file, device) throws(FakeErrno) in
            guard device.isActive(id) else { throw FakeErrno(EACCES) }
            state.devices[file.node]?.values[id] = value
        }
    }
}
