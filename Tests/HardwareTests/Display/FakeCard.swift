import Base
import Glibc
import Media

@testable import Hardware

/// One open descriptor of a fake card. Checks every commit as a kernel would, and counts what is held.
final class FakeCard: KMSCard {
    private struct Framebuffer {
        var handle: UInt32
        var width: Int
        var height: Int
    }

    private struct Pending {
        var token: UInt64
        var due: Instant
        var framebuffer: UInt32
    }

    private let hardware: FakeCardHardware
    private var isClosed = false
    private var isEnabled = false
    private var nextID: UInt32 = 1000
    private var buffers: [UInt32: KMSBufferHandle] = [:]
    private var framebuffers: [UInt32: Framebuffer] = [:]
    private var memory: [UInt32: UnsafeMutableRawPointer] = [:]
    private var mapped: Set<UnsafeMutableRawPointer> = []
    private var blobs: [UInt32: [UInt8]] = [:]
    private var pending: Pending?
    private var events: [KMSFlip] = []

    init(_ hardware: FakeCardHardware) { self.hardware = hardware }

    deinit {
        for pixels in memory.values { pixels.deallocate() }
    }

    var held: Int {
        buffers.count + framebuffers.count + mapped.count + blobs.count + (isClosed ? 0 : 1)
    }

    private var system: FakeGraphics { hardware.system }

    private func attempt(_ call: KMSFailure.Call) throws(KMSFailure) {
        if isClosed { hardware.violate("\(call) after close") }
        try hardware.attempt(call)
    }

    private func newID() -> UInt32 {
        nextID += 1
        return nextID
    }

    // MARK: Reading

    var isMaster: Bool { hardware.master === self && !hardware.isTaken }

    func enableAtomic() throws(KMSFailure) {
        try attempt(.enableAtomic)
        guard hardware.isAtomic else { throw KMSFailure(call: .enableAtomic, code: EOPNOTSUPP) }
        isEnabled = true
    }

    func objects() throws(KMSFailure) -> KMSObjects {
        try attempt(.listObjects)
        return KMSObjects(connectors: hardware.ports.map(\.id), crtcs: hardware.ports.isEmpty ? [] : hardware.crtcs)
    }

    func connector(_ id: UInt32, isProbing: Bool) throws(KMSFailure) -> KMSConnector {
        try attempt(.readConnector)
        if isProbing { hardware.noteProbe() }
        guard let port = hardware.ports.first(where: { $0.id == id }) else {
            throw KMSFailure(call: .readConnector, code: ENOENT)
        }
        return KMSConnector(
            id: id, name: port.name, isConnected: port.isConnected, possibleCRTCs: port.possibleCRTCs,
            modes: port.modes)
    }

    func planes() throws(KMSFailure) -> [KMSPlane] {
        try attempt(.listPlanes)
        if !isEnabled { hardware.violate("planes listed before universal planes were asked for") }
        return hardware.planes
    }

    func properties(of id: UInt32, kind: KMSObjectKind) throws(KMSFailure) -> KMSProperties {
        try attempt(.readProperties)
        guard hardware.kind(of: id) == kind, let properties = hardware.properties(of: id) else {
            throw KMSFailure(call: .readProperties, code: ENOENT)
        }
        return properties
    }

    // MARK: Things

    func blob(_ id: UInt32) throws(KMSFailure) -> [UInt8] {
        try attempt(.readBlob)
        guard let port = hardware.ports.first(where: { $0.id == id }), !port.edid.isEmpty else {
            throw KMSFailure(call: .readBlob, code: ENOENT)
        }
        return port.edid
    }

    func createBlob(_ bytes: RawSpan) throws(KMSFailure) -> UInt32 {
        try attempt(.createBlob)
        let id = newID()
        blobs[id] = bytes.withUnsafeBytes { [UInt8]($0) }
        return id
    }

    func destroyBlob(_ id: UInt32) {
        if blobs.removeValue(forKey: id) == nil { hardware.violate("blob \(id) destroyed and not there") }
    }

    func createBuffer(width: Int, height: Int) throws(KMSFailure) -> KMSBufferHandle {
        try attempt(.createBuffer)
        let stride = (width * 4 + 63) & ~63
        let buffer = KMSBufferHandle(handle: newID(), stride: stride, size: stride * height)
        let pixels = UnsafeMutableRawPointer.allocate(byteCount: buffer.size, alignment: 64)
        pixels.initializeMemory(as: UInt8.self, repeating: 0, count: buffer.size)
        memory[buffer.handle] = pixels
        buffers[buffer.handle] = buffer
        return buffer
    }

    func destroyBuffer(_ handle: UInt32) {
        if buffers.removeValue(forKey: handle) == nil { hardware.violate("buffer destroyed and not there") }
    }

    func map(_ buffer: KMSBufferHandle) throws(KMSFailure) -> UnsafeMutableRawPointer {
        try attempt(.mapBuffer)
        let pixels = memory[buffer.handle]!
        mapped.insert(pixels)
        return pixels
    }

    func unmap(_ pixels: UnsafeMutableRawPointer, size: Int) {
        if mapped.remove(pixels) == nil { hardware.violate("memory unmapped and not mapped") }
    }

    func addFramebuffer(_ buffer: KMSBufferHandle, width: Int, height: Int) throws(KMSFailure) -> UInt32 {
        try attempt(.addFramebuffer)
        let id = newID()
        framebuffers[id] = Framebuffer(handle: buffer.handle, width: width, height: height)
        return id
    }

    func removeFramebuffer(_ id: UInt32, isStaying: Bool) {
        if framebuffers.removeValue(forKey: id) == nil { hardware.violate("framebuffer removed and not there") }
        guard !isStaying, hardware.state.framebuffer.values.contains(id), !hardware.isTaken else { return }
        if !hardware.isDark { hardware.cutOffs += 1 }
        for (plane, shown) in hardware.state.framebuffer where shown == id {
            hardware.state.isActive[hardware.state.planeCRTC[plane] ?? 0] = false
            hardware.state.framebuffer[plane] = 0
            hardware.state.planeCRTC[plane] = 0
        }
    }

    // MARK: Commits

    func commit(_ settings: [KMSSetting], _ kind: KMSCommit, token: UInt64) throws(KMSFailure) {
        if hardware.isQuiet, kind == .flip {
            pending = Pending(token: token, due: nextBlank, framebuffer: 0)
            return
        }
        try attempt(.commit)
        hardware.noteCommit(kind, settings)
        guard isEnabled else { throw refuse("a commit without the client capability") }
        guard isMaster else { throw KMSFailure(call: .commit, code: EACCES) }
        let before = hardware.state
        let after = try apply(settings, to: before)
        try check(after, kind: kind)
        if kind == .test { return }
        let isModeset =
            before.crtcOf.filter { $0.value != 0 } != after.crtcOf.filter { $0.value != 0 }
            || before.modeBlob.filter { $0.value != 0 } != after.modeBlob.filter { $0.value != 0 }
            || before.isActive.filter(\.value) != after.isActive.filter(\.value)
        if isModeset, kind != .modeset { throw refuse("a modeset without leave") }
        if kind == .flip {
            guard pending == nil else { throw KMSFailure(call: .commit, code: EBUSY) }
            guard !hardware.isDark else { throw refuse("a page flip on a dark CRTC") }
        } else {
            finishPending()
        }
        hardware.state = after
        for setting in settings where hardware.name(of: setting.property, on: setting.object) == "FB_DAMAGE_CLIPS" {
            hardware.lastDamage = blobs[UInt32(setting.value)] ?? []
        }
        guard let framebuffer = after.framebuffer.first(where: { $0.value != 0 })?.value else {
            if kind == .modeset { hardware.noteModeset() }
            return
        }
        switch kind {
        case .flip:
            if !hardware.isStuck {
                pending = Pending(token: token, due: nextBlank, framebuffer: framebuffer)
            }
        case .modeset:
            hardware.noteModeset()
            if after.isActive.values.contains(true) { show(framebuffer, at: system.now) }
            for index in hardware.ports.indices where after.crtcOf[hardware.ports[index].id] ?? 0 != 0 {
                let number = hardware.number(of: "link-status", on: hardware.ports[index].id)
                if settings.contains(where: { $0.property == number }) { hardware.ports[index].isLinkBad = false }
            }
        case .flipAndWait: show(framebuffer, at: nextBlank)
        case .test: break
        }
    }

    private var nextBlank: Instant {
        let period = hardware.period.inNanoseconds
        return Instant(nanoseconds: (system.now.nanoseconds / period + 1) * period)
    }

    private func refuse(_ text: String, _ code: Int32 = EINVAL) -> KMSFailure {
        hardware.violate(text)
        return KMSFailure(call: .commit, code: code)
    }

    private func apply(
        _ settings: [KMSSetting], to before: FakeCardHardware.State
    ) throws(KMSFailure) -> FakeCardHardware.State {
        var state = before
        var finished: Set<UInt32> = []
        var last: UInt32 = 0
        for setting in settings {
            guard let name = hardware.name(of: setting.property, on: setting.object) else {
                throw refuse("object \(setting.object) has no property \(setting.property)", ENOENT)
            }
            if setting.object != last, !finished.insert(setting.object).inserted {
                throw refuse("the settings of object \(setting.object) lie apart")
            }
            last = setting.object
            let value = UInt32(truncatingIfNeeded: setting.value)
            switch (hardware.kind(of: setting.object)!, name) {
            case (.connector, "CRTC_ID"): state.crtcOf[setting.object] = value
            case (.crtc, "MODE_ID"): state.modeBlob[setting.object] = value
            case (.crtc, "ACTIVE"): state.isActive[setting.object] = value != 0
            case (.plane, "CRTC_ID"): state.planeCRTC[setting.object] = value
            case (.plane, "FB_ID"): state.framebuffer[setting.object] = value
            case (.plane, "FB_DAMAGE_CLIPS"):
                if value != 0, blobs[value].map({ $0.count % 16 != 0 }) ?? true { throw refuse("damage of no blob") }
            case (.plane, _) where name.hasPrefix("SRC_") || name.hasPrefix("CRTC_"):
                state.rectangle[setting.object, default: [:]][name] = setting.value
            case (.connector, "link-status"), (.crtc, "GAMMA_LUT"), (.plane, "rotation"): break
            default: throw refuse("\(name) cannot be set")
            }
        }
        return state
    }

    private func check(_ state: FakeCardHardware.State, kind: KMSCommit) throws(KMSFailure) {
        for crtc in hardware.crtcs {
            let connectors = hardware.ports.filter { state.crtcOf[$0.id] ?? 0 == crtc }
            let mode = state.modeBlob[crtc] ?? 0
            let isActive = state.isActive[crtc] == true
            if mode == 0 {
                if isActive { throw refuse("CRTC \(crtc) is active without a mode") }
                if !connectors.isEmpty { throw refuse("a connector on CRTC \(crtc), which has no mode") }
                continue
            }
            if connectors.isEmpty { throw refuse("CRTC \(crtc) has a mode and no connector") }
            if connectors.count > 1 { throw refuse("CRTC \(crtc) feeds two connectors") }
            let index = UInt32(hardware.crtcs.firstIndex(of: crtc)!)
            if connectors[0].possibleCRTCs & (1 << index) == 0 {
                throw refuse("CRTC \(crtc) cannot feed the connector")
            }
            if hardware.brokenCRTCs.contains(crtc) { throw KMSFailure(call: .commit, code: EINVAL) }
            // Whoever lit it first has the blob of its mode in a descriptor of its own.
            guard let timing = blobs[mode] else { continue }
            let width = Int(timing[0]) | Int(timing[1]) << 8
            let height = Int(timing[4]) | Int(timing[5]) << 8
            if width > hardware.widestMode { throw KMSFailure(call: .commit, code: ENOSPC) }
            let planes = hardware.planes.filter { state.planeCRTC[$0.id] ?? 0 == crtc }
            if isActive, planes.isEmpty { throw refuse("an active CRTC without a plane") }
            for plane in planes { try check(plane, state, width, height, index) }
        }
        for plane in hardware.planes {
            let isOn = state.planeCRTC[plane.id] ?? 0 != 0
            if isOn != (state.framebuffer[plane.id] ?? 0 != 0) { throw refuse("plane \(plane.id) has only half of it") }
        }
    }

    private func check(
        _ plane: KMSPlane, _ state: FakeCardHardware.State, _ width: Int, _ height: Int, _ index: UInt32
    ) throws(KMSFailure) {
        if plane.possibleCRTCs & (1 << index) == 0 { throw refuse("plane \(plane.id) cannot feed the CRTC") }
        guard let shown = framebuffers[state.framebuffer[plane.id] ?? 0] else {
            throw refuse("plane \(plane.id) shows a framebuffer that is not there", ENOENT)
        }
        let rectangle = state.rectangle[plane.id] ?? [:]
        let expected: [String: UInt64] = [
            "SRC_X": 0, "SRC_Y": 0, "SRC_W": UInt64(width) << 16, "SRC_H": UInt64(height) << 16, "CRTC_X": 0,
            "CRTC_Y": 0, "CRTC_W": UInt64(width), "CRTC_H": UInt64(height),
        ]
        if rectangle != expected { throw refuse("plane \(plane.id) does not cover the mode") }
        if shown.width < width || shown.height < height { throw refuse("the framebuffer is too small", ENOSPC) }
    }

    // MARK: Flips

    private func show(_ framebuffer: UInt32, at time: Instant) {
        guard let shown = framebuffers[framebuffer], let pixels = memory[shown.handle] else { return }
        hardware.noteShown(pixels.load(as: UInt32.self), at: time)
    }

    private func finishPending() {
        guard let flip = pending else { return }
        pending = nil
        show(flip.framebuffer, at: flip.due)
        events.append(KMSFlip(token: flip.token, time: hardware.saysWhen ? flip.due : nil))
    }

    func readFlips(into flips: UnsafeMutableBufferPointer<KMSFlip>) throws(KMSFailure) -> Int {
        if hardware.isQuiet, let flip = pending {
            pending = nil
            flips.initializeElement(at: 0, to: KMSFlip(token: flip.token, time: flip.due))
            return 1
        }
        try attempt(.readFlips)
        if let flip = pending, flip.due <= system.now { finishPending() }
        for (index, event) in events.enumerated() { flips.initializeElement(at: index, to: event) }
        defer { events.removeAll() }
        return events.count
    }

    func wait(until instant: Instant, signal: EventSignal) throws(KMSFailure) -> DeviceWake {
        if hardware.isQuiet, let flip = pending {
            system.pass(flip.due - system.now)
            return .readable
        }
        try attempt(.wait)
        return system.wait(until: instant, signal: signal) {
            self.events.isEmpty ? self.pending?.due : self.system.now
        }
    }

    func dropMaster() {
        if !isMaster { hardware.violate("master dropped by one who is not") }
        hardware.master = nil
    }

    func close() {
        guard !isClosed else { return }
        if held > 1 { hardware.violate("closed while \(held - 1) things are held") }
        isClosed = true
        if hardware.master === self { hardware.master = nil }
        hardware.opened.removeAll { $0 === self && $0.held == 0 }
    }
}
