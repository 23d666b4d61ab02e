import Base

/// How many times the pictures should be received because the way loses so many packets that asking again takes too long
/// (`JanusInput.receivePictures`).
///
/// It costs the bitrate once more for each copy. Where the loss is that of a way too narrow for it, copies make it worse:
/// then there are none for a while.
struct CopyControl: Sendable {
    /// 1…3.
    private(set) var times = 1
    private var lost = 0.0
    private var expected = 0.0
    private var last: (pictures: ReceivedPictures, at: Instant)?
    private var changedAt = Instant.zero
    private var barredUntil = Instant.zero
    /// The share that was lost when there came to be more copies, until it is known whether they made it worse.
    private var lossBefore: Double?

    /// What was lost is forgotten in about so long.
    private static let memory = Duration.seconds(4)
    /// From one change to the next with fewer copies.
    private static let hold = Duration.seconds(20)
    private static let trial = Duration.seconds(6)
    private static let pauseAfterCongestion = Duration.seconds(60)
    private static let enoughPackets = 80.0
    /// Fewer are chance.
    private static let enoughLost = 4.0
    /// The share of packets lost from which on pictures are received twice, and three times.
    private static let steps = [0.012, 0.05]
    /// As a share of the step that was taken up: below it is taken down again.
    private static let distance = 0.6
    /// More is no loss by chance.
    private static let most = 0.3
    /// In bits a second, of all copies together.
    private static let mostBitrate = 12_000_000.0

    /// Takes the sums as they are now; about once a second.
    mutating func note(_ pictures: ReceivedPictures, at now: Instant) {
        guard let last else {
            self.last = (pictures, now)
            return
        }
        let passed = now - last.at
        guard passed > .zero else { return }
        self.last = (pictures, now)
        let (newLost, came) = (pictures.lost - last.pictures.lost, pictures.received - last.pictures.received)
        let bitrate = Double(pictures.bytes - last.pictures.bytes) * 8 / passed.inSeconds
        // A stream began or ended.
        guard newLost >= 0, came >= 0, bitrate >= 0 else { return }
        let kept = max(0, 1 - passed.inSeconds / Self.memory.inSeconds)
        lost = lost * kept + Double(newLost)
        expected = expected * kept + Double(newLost + came)
        guard expected >= Self.enoughPackets, now >= barredUntil else { return }
        decide(share: lost >= Self.enoughLost ? lost / expected : 0, bitrate: bitrate, at: now)
    }

    private mutating func decide(share: Double, bitrate: Double, at now: Instant) {
        let bearable = max(1, Int(Self.mostBitrate / max(bitrate, 1)))
        if share > Self.most || times > bearable { return stop(for: Self.pauseAfterCongestion, at: now) }
        if let before = lossBefore, now - changedAt >= Self.trial {
            lossBefore = nil
            if share > before * 2 + 0.05 { return stop(for: Self.pauseAfterCongestion, at: now) }
        }
        let wanted = min(1 + Self.steps.count { share >= $0 }, bearable)
        if wanted > times {
            change(to: wanted, at: now)
            lossBefore = share
        } else if times > 1, share < Self.steps[times - 2] * Self.distance, now - changedAt >= Self.hold {
            change(to: times - 1, at: now)
        }
    }

    private mutating func stop(for pause: Duration, at now: Instant) {
        barredUntil = now + pause
        lossBefore = nil
        change(to: 1, at: now)
    }

    private mutating func change(to new: Int, at now: Instant) {
        guard new != times else { return }
        times = new
        changedAt = now
    }
}
