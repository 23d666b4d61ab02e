import Base

/// How well one participant's sound and pictures come.
///
/// Whatever its sender does of its own is not to count: sound that pauses, a microphone or camera that is closed or
/// held back, layers that are paused, a screen that stands still. So only a track counts that has been open and coming,
/// and a pause in it only if packets are missing or came late.
struct ReceivedQuality: Hashable, Sendable {
    /// What a second has shown.
    private struct Second: Hashable, Sendable {
        let at: Instant
        var length: Duration
        /// Sound that was not heard as it was made.
        var soundMissing = Duration.zero
        var frozen = Duration.zero
    }

    /// Since when a track has been coming without a second's pause, and when it came last.
    private struct Flow: Hashable, Sendable {
        var since: Instant
        var last: Instant
    }

    static let soundWindow = Duration.seconds(5)
    static let pictureWindow = Duration.seconds(10)
    /// So much is invented when sound ends, by whatever it ends.
    static let longestEnd = Duration.milliseconds(220)
    /// For so long nothing has come, of so long a flow.
    static let silence = Duration.seconds(5)
    /// As long as the sound of a packet, as a rule.
    private static let packetTime = Duration.milliseconds(20)
    /// What ends more than so much apart does not end by one cause.
    static let oneMoment = Duration.milliseconds(1500)
    /// Stretching time makes a second of sound a little shorter.
    private static let stretching = Duration.milliseconds(100)

    private var seconds: [Second] = []
    private var soundFlow: Flow?
    private var cameraFlow: Flow?
    private var screenFlow: Flow?
    /// Silence that is either meant or lost, until the next packet tells.
    private var unheard = Duration.zero
    private var hadKeyFrameRequest = false
    private var held = HeldQuality()
    /// Of the newest windows, not held.
    private(set) var measured = Quality.excellent
    private(set) var isLost = false

    /// What is told.
    var quality: Quality { isLost ? .lost : held.told }

    /// When anything came last that still counts; nil: nothing does.
    var lastCame: Instant? { [soundFlow, cameraFlow, screenFlow].compactMap(\.self).map(\.last).max() }

    /// - Parameter open: what the participant sends, as the service tells.
    mutating func take(
        _ reception: MediaReport.Reception, open: Set<TrackKind>, length: Duration, at now: Instant
    ) {
        var second = Second(at: now, length: length)
        take(open.contains(.audio) ? reception.sound : nil, in: &second)
        let camera = open.contains(.video) ? reception.camera : nil
        let asked = (camera?.keyFrameRequests ?? 0) > 0
        if let camera, cameraFlow != nil {
            // With none asked for, nothing was missing: the sender made no pictures.
            second.frozen = asked || hadKeyFrameRequest ? max(camera.still, camera.late) : camera.late
        }
        hadKeyFrameRequest = asked
        let screen = open.contains(.screen) ? reception.screen : nil
        // Screens are sent as they change: only what came late tells.
        if let screen, screenFlow != nil { second.frozen = max(second.frozen, screen.late) }
        Self.note(camera?.packets, &cameraFlow, second)
        Self.note(screen?.packets, &screenFlow, second)
        seconds.append(second)
        seconds.removeAll { now - $0.at >= Self.pictureWindow }
        measured = max(
            QualityLimits.concealed.quality(missingShare(at: now), told: held.told),
            QualityLimits.frozen.quality(seconds.reduce(0) { $0 + $1.frozen.inSeconds }, told: held.told))
        held.note(isLost ? .poor : measured, at: now)
    }

    private mutating func take(_ sound: MediaReport.Sound?, in second: inout Second) {
        defer { Self.note(sound?.packets, &soundFlow, second) }
        guard let sound, soundFlow != nil else {
            if soundFlow != nil { forgiveEnd(&second) }
            unheard = .zero
            return
        }
        second.soundMissing = max(.zero, sound.concealed)
        let pause = second.length - sound.played
        unheard += pause > Self.stretching ? pause : .zero
        if sound.packets == 0 {
            forgiveEnd(&second)
        } else {
            second.soundMissing += min(unheard, Self.packetTime * max(0, sound.packetsLost))
            unheard = .zero
        }
    }

    /// Sound has ended: what was invented behind it says nothing as long as no number is missing.
    private mutating func forgiveEnd(_ second: inout Second) {
        var end = Self.longestEnd
        Self.forgive(&second.soundMissing, &end)
        if !seconds.isEmpty { Self.forgive(&seconds[seconds.count - 1].soundMissing, &end) }
    }

    private static func forgive(_ missing: inout Duration, _ end: inout Duration) {
        let part = min(missing, end)
        missing -= part
        end -= part
    }

    /// - Parameter packets: nil: it is not open, or not received.
    private static func note(_ packets: Int64?, _ flow: inout Flow?, _ second: Second) {
        guard let packets else {
            flow = nil
            return
        }
        guard packets > 0 else { return }
        let isNew = flow.map { second.at - second.length - $0.last > .milliseconds(500) } ?? true
        flow = Flow(since: isNew ? second.at : flow?.since ?? second.at, last: second.at)
    }

    // MARK: - Judging

    /// Of the five seconds before the last one, which only the next will explain: sound may just have ended.
    private func missingShare(at now: Instant) -> Double {
        let window = seconds.dropLast().filter { now - $0.at < Self.soundWindow + Self.oneMoment }
            .suffix(Int(Self.soundWindow.inSeconds))
        let length = window.reduce(Duration.zero) { $0 + $1.length }
        let missing = window.reduce(Duration.zero) { $0 + $1.soundMissing }
        return missing.inSeconds / max(length, Self.soundWindow).inSeconds
    }

    /// Decides whether the participant is lost: microphone and camera, both open, have ended in one moment after they
    /// had come steadily, and nothing has come since. One of them alone may just have been stopped by its sender, which
    /// services do not tell.
    /// - Parameter isHeardBeside: whether the way from the service carries something all the while.
    mutating func judgeLoss(isHeardBeside: Bool, at now: Instant) {
        guard let soundFlow, let cameraFlow else {
            isLost = false
            return
        }
        let last = lastCame ?? now
        let isSilent = now - last >= Self.silence
        // Once it is told, it holds until something comes.
        guard !isLost else {
            isLost = isSilent
            return
        }
        let isSteady = [soundFlow, cameraFlow].allSatisfy { $0.last - $0.since >= Self.silence }
        let firstEnd = min(soundFlow.last, cameraFlow.last)
        isLost = isSilent && isSteady && last - firstEnd <= Self.oneMoment && isHeardBeside
    }
}
