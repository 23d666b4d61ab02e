import Base
import Glibc
import Media

/// A connector that shows pictures: from the modeset to the last flip.
///
/// Two buffers: one is shown, one is drawn. KMS takes one flip at a time, and `nextBuffer` waits for it, so that what
/// is drawn is as new as it can be: a picture is on the glass at the vertical blank after its drawing. Where drawing
/// takes longer than a frame, that wait would halve the frame rate; then a third buffer joins, and the next picture is
/// drawn while the last waits for its blank, one frame older. It is allocated when first needed, and used until
/// drawing has been fast for a while.
final class KMSOutput {
    /// A flip that takes longer will not come.
    static let patience = Duration.seconds(1)
    /// Flips for which drawing goes on ahead after a late one.
    private static let lateFlips = 120

    let mode: KMSMode
    private let card: any KMSCard
    private let system: any KMSSystem
    private let signal: EventSignal
    private let isStopping: @Sendable () -> Bool
    private let route: KMSRoute
    private let modeBlob: UInt32
    private let period: Duration

    private var buffers: [KMSBuffer]
    /// Shown, or to be shown when the display is turned on.
    private var front = 0
    private var queued: Queued?
    private var drawn: Drawn?
    private(set) var isActive: Bool
    private var aheadFlips = 0
    private var lastFlip: Instant
    private var token: UInt64
    /// FB_ID, and FB_DAMAGE_CLIPS where there is one: the settings of a flip, written over for each.
    private var flipSettings: [KMSSetting]
    private let flips: UnsafeMutableBufferPointer<KMSFlip>

    private struct Queued {
        var index: Int
        var token: UInt64
        var deadline: Instant
    }

    private struct Drawn {
        var index: Int
        var since: Instant
    }

    /// Lights the connector with a black picture, or leaves it dark if it is not to be on. Everything is tested before
    /// anything is changed, and a refusal leaves nothing behind.
    init(
        card: any KMSCard, route: KMSRoute, mode: KMSMode, isOn: Bool, system: any KMSSystem, signal: EventSignal,
        isStopping: @escaping @Sendable () -> Bool
    ) throws(KMSFailure) {
        let blob = try card.createBlob(mode.timing.span.bytes)
        var buffers: [KMSBuffer] = []
        do {
            for _ in 0..<2 { buffers.append(try KMSBuffer(card, width: mode.width, height: mode.height)) }
            let settings = route.modeset(
                modeBlob: blob, mode: mode, framebuffer: buffers[0].framebuffer, isActive: isOn)
            try card.commit(settings, .test, token: 0)
            try card.commit(settings, .modeset, token: 0)
        } catch {
            for buffer in buffers { buffer.free(card) }
            card.destroyBlob(blob)
            throw error
        }
        (self.card, self.route, self.mode, self.system) = (card, route, mode, system)
        (self.signal, self.isStopping, self.buffers) = (signal, isStopping, buffers)
        modeBlob = blob
        // Only now: a refused output has no end that would free it.
        flips = .allocate(capacity: 16)
        isActive = isOn
        period = .nanoseconds(1_000_000_000_000 / max(mode.millihertz, 1000))
        lastFlip = system.now
        // Never the token of an earlier life, whose event may still come.
        token = UInt64(system.now.nanoseconds)
        flipSettings = route.plane.setting("FB_ID", 0) + route.plane.setting("FB_DAMAGE_CLIPS", 0)
    }

    deinit { flips.deallocate() }

    /// Whether the caller may be drawing.
    var isDrawn: Bool { drawn != nil }

    // MARK: Pictures

    /// The buffer to be drawn into; waits for the last flip.
    func nextBuffer() throws(KMSTrouble) -> DisplayBuffer {
        drawn = nil
        if aheadFlips == 0 { try awaitFlip() }
        let index = try freeBuffer()
        drawn = Drawn(index: index, since: system.now)
        return buffers[index].display
    }

    /// The caller does not draw any more.
    func takeBack() {
        drawn = nil
    }

    /// Shows what was drawn.
    /// - Parameter damage: what differs from the picture before; empty = everything.
    /// - Returns: when it will be seen, reckoned from the last vertical blank.
    func flip(damage: [DisplayRect]) throws(KMSTrouble) -> Instant {
        guard let drawn else { preconditionFailure("only a buffer that was handed out can be shown") }
        self.drawn = nil
        guard isActive else {
            front = drawn.index
            return system.now
        }
        // Nearly a whole frame of drawing: the commit is too late for the next blank, or just in time.
        let isLate = system.now - drawn.since > period * 9 / 10
        aheadFlips = isLate ? Self.lateFlips : max(0, aheadFlips - 1)
        try awaitFlip()
        try queue(drawn.index, damage: damage)
        let sinceLast = max(system.now - lastFlip, .zero).inNanoseconds
        return lastFlip + .nanoseconds((sinceLast / period.inNanoseconds + 1) * period.inNanoseconds)
    }

    private func freeBuffer() throws(KMSTrouble) -> Int {
        if let index = buffers.indices.first(where: { $0 != front && $0 != queued?.index }) { return index }
        if buffers.count < 3, let third = try? KMSBuffer(card, width: mode.width, height: mode.height) {
            buffers.append(third)
            return buffers.count - 1
        }
        // No memory for a third: as with two.
        try awaitFlip()
        return buffers.indices.first { $0 != front }!
    }

    private func queue(_ index: Int, damage: [DisplayRect]) throws(KMSTrouble) {
        token += 1
        flipSettings[0].value = UInt64(buffers[index].framebuffer)
        var clips: UInt32 = 0
        if flipSettings.count > 1 {
            if !damage.isEmpty {
                // Without its list the whole frame is copied, which is right too.
                clips = (try? card.createBlob(damage.span.bytes)) ?? 0
            }
            flipSettings[1].value = UInt64(clips)
        }
        // The kernel holds what it needs of it.
        defer { if clips != 0 { card.destroyBlob(clips) } }
        try commitPatiently(flipSettings, .flip)
        queued = Queued(index: index, token: token, deadline: system.now + Self.patience)
    }

    /// Some drivers send the event of a flip a little before they take the next commit.
    private func commitPatiently(_ settings: [KMSSetting], _ kind: KMSCommit) throws(KMSTrouble) {
        let deadline = system.now + Self.patience
        while true {
            do {
                return try card.commit(settings, kind, token: token)
            } catch {
                guard error.code == EBUSY, system.now < deadline else { throw .failed(error) }
            }
            if isStopping() { throw .stopped }
            try wait(until: system.now + .milliseconds(2))
        }
    }

    // MARK: Events

    private func awaitFlip() throws(KMSTrouble) {
        while let waiting = queued {
            if isStopping() { throw .stopped }
            // What came while nobody looked counts, however late it is read.
            if try wait(until: waiting.deadline) == .timedOut { throw .stuck }
        }
    }

    /// Takes in flips until the instant, a signal or an event.
    @discardableResult
    func wait(until instant: Instant) throws(KMSTrouble) -> DeviceWake {
        do {
            let wake = try card.wait(until: instant, signal: signal)
            guard wake == .readable else { return wake }
            let count = try card.readFlips(into: flips)
            for flip in flips[..<count] where flip.token == queued?.token {
                front = queued!.index
                queued = nil
                // Drivers without a vertical blank of their own may not say when.
                lastFlip = flip.time ?? system.now
            }
            return wake
        } catch {
            throw .failed(error)
        }
    }

    // MARK: Power

    /// Black first, so that no picture is left standing on a monitor that is slow to sleep; then no signal.
    func turnOff() throws(KMSTrouble) {
        guard isActive else { return }
        drawn = nil
        try awaitFlip()
        let index = try freeBuffer()
        buffers[index].blacken()
        try queue(index, damage: [])
        try awaitFlip()
        do { try card.commit(route.crtc.setting("ACTIVE", 0), .modeset, token: 0) } catch { throw .failed(error) }
        isActive = false
    }

    func turnOn() throws(KMSTrouble) {
        guard !isActive else { return }
        drawn = nil
        let settings = route.modeset(
            modeBlob: modeBlob, mode: mode, framebuffer: buffers[front].framebuffer, isActive: true)
        do { try card.commit(settings, .modeset, token: 0) } catch { throw .failed(error) }
        isActive = true
        lastFlip = system.now
    }

    // MARK: End

    /// The NULL modeset: the monitor is gone, or another mode comes. Fails only where the card is gone too.
    func goDark() {
        try? card.commit(route.off, .modeset, token: 0)
        free(staying: nil)
    }

    /// Leaves a black picture on the screen, for as long as the kernel keeps it there.
    func leave() {
        guard isActive else { return free(staying: nil) }
        // Where both are in use, the one that is shown turns black while it is.
        let index = buffers.indices.first { $0 != front && $0 != queued?.index } ?? front
        buffers[index].blacken()
        flipSettings[0].value = UInt64(buffers[index].framebuffer)
        if flipSettings.count > 1 { flipSettings[1].value = 0 }
        let isShown: Void? = try? card.commit(flipSettings, .flipAndWait, token: 0)
        free(staying: isShown == nil ? nil : index)
    }

    /// Gives everything back as it is: the card is about to be closed.
    func abandon() {
        free(staying: nil)
    }

    private func free(staying: Int?) {
        for (index, buffer) in buffers.enumerated() { buffer.free(card, isStaying: index == staying) }
        buffers.removeAll()
        card.destroyBlob(modeBlob)
        (drawn, queued) = (nil, nil)
    }
}
