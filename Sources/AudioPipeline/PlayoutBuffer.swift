public import Base
public import Codecs
public import Media

/// One participant's sound on its way from packets to the mixer: jitter buffer, decoder, concealment, time stretching.
///
/// The model: packets wait by sequence number. Every 10 ms `pull` hands out one block. Decoded samples wait in `pending`;
/// when there are too few for a block, the next packet is decoded. If it is missing, the time up to the next one that is
/// here is covered: by the copy which that carries (in-band FEC), otherwise by invention, 10 ms at a time, so that a late
/// packet is still taken as soon as it comes. If nothing is here, invention goes on for a while and fades to silence.
///
/// How long sound is held back is measured by the *delay* of the next sample (see `JitterEstimator`). It begins at the
/// target, grows when late packets are waited for, and is brought back by stretching time.
///
/// Everything is bounded: 64 packets, and sound more than half a second older than wanted is thrown away.
/// Belongs to one thread. After `init` no call allocates.
public struct PlayoutBuffer: ~Copyable {
    /// Packets held at most. Hard cap.
    public static let capacity = PacketStore.capacity
    private static let pendingCapacity = OpusDecoder.maximumFrameSize + 4 * 1440
    /// After this much invention in a row there is silence: 200 ms.
    static let longestConcealment = 9600
    /// After this much comfort noise without a packet there is silence; senders renew it every 400 ms.
    static let longestComfortNoise = 48_000
    /// More delay than this above the target is not stretched away but dropped.
    private static let longestExcess = Duration.milliseconds(500)
    /// Numbers behind (RFC 3550 §A.1) and ahead that no reordering or loss explains.
    private static let mostBehind: Int64 = 100
    private static let mostAhead: Int64 = 3000

    private enum Phase {
        /// Silent until the first packet at hand has been held back for the target.
        case waiting
        case playing
    }

    private var store = PacketStore()
    private var timeline = PlayoutTimeline()
    /// `TimeStretcher.history` samples already played, then those to be played.
    private let samples: UnsafeMutablePointer<Float>
    private let pending: UnsafeMutablePointer<Float>
    private var pendingCount = 0
    private var decoder: OpusDecoder
    private var estimator = JitterEstimator()
    private var loss = LossEstimator()
    private var repairs = RepairEstimator()
    private var phase = Phase.waiting
    /// Everything below has had its turn; nil before the stream's first sound.
    private var nextSequence: Int64?
    private var newestSequence: Int64?
    /// Which of the 64 packets before `nextSequence` were played: bit 0 is the last.
    private var played: UInt64 = 0
    /// RTP time behind the last decoded sample; nil when what comes next is played without regard to it.
    private var endTimestamp: Int64?
    /// Samples invented since.
    private var gapFilled = 0
    private var isComfortNoise = false
    private var isTransformOnly = true
    private var fadesIn = true
    /// Delay of the next sample, its lowest values of late: a thread that pulls in bursts sees it jump.
    private var delay = Duration.zero
    private var blocksUntilStretch = 0
    private var failedStretches = 0
    /// When `pull` was called last.
    private var pulledAt = Instant.zero
    private let delays: SharedLatencyHistogram?
    public private(set) var statistics = PlayoutStatistics()

    /// - Parameter delays: where it is recorded how long packets wait: from arrival until their first sample is handed out.
    public init(delays: SharedLatencyHistogram? = nil) throws(CodecError) {
        self.delays = delays
        decoder = try OpusDecoder()
        let count = TimeStretcher.history + Self.pendingCapacity
        samples = .allocate(capacity: count)
        samples.initialize(repeating: 0, count: count)
        pending = samples + TimeStretcher.history
    }

    deinit { samples.deallocate() }

    /// For how long sound is to be held back.
    public var target: Duration { estimator.target }

    /// Sound held back just now: whole packets and decoded samples.
    public var depth: Duration {
        .nanoseconds(Int64(store.samples + pendingCount) * 1_000_000 / 48)
    }

    /// Packets held just now.
    var packetCount: Int { store.count }

    /// From when the sample that is played next would have arrived punctually until now, as smoothed for control.
    var smoothedDelay: Duration { delay }

    // MARK: - Packets in

    /// Takes one packet in. Real-time safe.
    public mutating func insert(_ payload: UnsafeBufferPointer<UInt8>, _ packet: PlayoutPacket) {
        guard PacketStore.fits(payload.count), packet.isPlausible, let opus = OpusPacket(payload) else {
            statistics.damagedPackets += 1
            return
        }
        guard isStranger(packet) else { return admit(payload, packet, opus) }
        if store.strangerSequence == packet.sequence - 1 {
            // Two in sequence are another stream (RFC 3550 §A.1).
            restart()
            if let first = store.adoptStranger() { noteArrival(first.packet, first.opus) }
            admit(payload, packet, opus)
        } else if phase == .waiting, store.count == 0 {
            restart()
            admit(payload, packet, opus)
        } else if store.keepStranger(payload, packet, opus) {
            statistics.latePackets += 1
        }
    }

    private func isStranger(_ packet: PlayoutPacket) -> Bool {
        guard let reference = nextSequence ?? newestSequence else { return false }
        let jump = packet.sequence - reference
        return jump < -Self.mostBehind || jump > Self.mostAhead
            || estimator.isLeap(arrival: packet.arrival, timestamp: packet.timestamp)
    }

    private mutating func admit(
        _ payload: UnsafeBufferPointer<UInt8>, _ packet: PlayoutPacket, _ opus: OpusPacket
    ) {
        let sequence = packet.sequence
        if let next = nextSequence, sequence < next {
            let behind = next - sequence - 1
            guard behind >= 64 || played >> UInt64(behind) & 1 == 0 else { return }
            statistics.latePackets += 1
            noteArrival(packet, opus)
            return
        }
        guard store[sequence] == nil else { return }
        guard makeRoom(for: sequence) else {
            statistics.latePackets += 1
            return
        }
        noteArrival(packet, opus)
        store.insert(payload, packet, opus)
    }

    private mutating func noteArrival(_ packet: PlayoutPacket, _ opus: OpusPacket) {
        let isInOrder = packet.sequence > newestSequence ?? .min
        // A packet that was sent again was lost all the same.
        let missing =
            isInOrder ? packet.sequence - (newestSequence ?? packet.sequence - 1) - 1 : packet.isRepair ? 0 : -1
        loss.packetArrived(missing: missing)
        if isInOrder { newestSequence = packet.sequence }
        if packet.isRepair, let late = estimator.lateness(arrival: packet.arrival, timestamp: packet.timestamp) {
            repairs.repaired(late: late)
        }
        // A lost packet's copy comes with the next one: worth waiting for when packets do get lost.
        let correction =
            opus.hasErrorCorrection
            ? Duration.nanoseconds(Int64(opus.sampleCount) * 1_000_000 / 48) + .milliseconds(15) : .zero
        let least = loss.isNotable ? max(correction, repairs.least) : .zero
        if repairs.least > .zero {
            estimator.least = least
        } else if estimator.least != least, !loss.isNotable || opus.hasErrorCorrection {
            estimator.least = least
        }
        estimator.packetArrived(
            at: packet.arrival, timestamp: packet.timestamp, isInOrder: isInOrder, samples: opus.sampleCount)
    }

    /// Throws the oldest packets away so that all numbers held are less than 64 apart.
    /// - Returns: false when the packet itself is too old.
    private mutating func makeRoom(for sequence: Int64) -> Bool {
        let span = Int64(Self.capacity)
        guard let lowest = nextSequence ?? store.first?.packet.sequence else { return true }
        if sequence < lowest { return (newestSequence ?? sequence) - sequence < span }
        guard sequence - lowest >= span else { return true }
        // Half at once, so that a flood does not cost this for every packet.
        let floor = sequence - span / 2
        statistics.overflowedPackets += UInt64(store.remove(below: floor))
        if nextSequence != nil { advance(to: floor) }
        endTimestamp = nil
        return true
    }

    /// Begins another stream; what is about to be played of the old one fades out.
    private mutating func restart() {
        store.removeAll()
        fadeOut(min(pendingCount, 240))
        timeline.removeAll()
        estimator.reset()
        loss = LossEstimator()
        repairs = RepairEstimator()
        decoder.reset()
        phase = .waiting
        nextSequence = nil
        newestSequence = nil
        played = 0
        endTimestamp = nil
        gapFilled = 0
        isComfortNoise = false
        isTransformOnly = true
    }

    /// Lets `pending` end with silence after `count` samples.
    private mutating func fadeOut(_ count: Int) {
        pendingCount = count
        for index in 0..<count { pending[index] *= Float(count - 1 - index) / Float(count) }
    }

    private mutating func advance(to sequence: Int64) {
        guard let next = nextSequence, sequence > next else { return }
        let steps = sequence - next
        played = steps < 64 ? played << UInt64(steps) : 0
        nextSequence = sequence
    }

    // MARK: - Sound out

    /// What `pull` handed out.
    public struct Block: BitwiseCopyable, Sendable {
        /// False when the block is silence because nothing has come.
        public var isSound: Bool
        /// Capture time of the block's first sample on the sender's clock, or `PlayoutPacket.unknownCaptureTime`.
        /// It is that of the packets: the delay inside the sender's encoder (6.5 ms as a rule) is not in it.
        public var captureTime: Int64
    }

    /// Writes the next 10 ms into `block` (480 samples). Real-time safe.
    public mutating func pull(into block: UnsafeMutableBufferPointer<Float>, at now: Instant) -> Block {
        let count = AudioFormat.blockSize
        guard let output = block.baseAddress, block.count >= count else {
            preconditionFailure("a block has room for 480 samples")
        }
        pulledAt = now
        if phase == .waiting { startIfDue(at: now) }
        if phase == .playing {
            measureDelay(at: now)
            while pendingCount < count, phase == .playing { produce() }
            stretch(at: now)
            while pendingCount < count, phase == .playing { produce() }
        }
        // After the last sound there may be less than a block.
        let sounding = min(count, pendingCount)
        guard sounding > 0 else {
            output.update(repeating: 0, count: count)
            return Block(isSound: false, captureTime: PlayoutPacket.unknownCaptureTime)
        }
        let captureTime = timeline.time(at: 0)?.captureTime ?? PlayoutPacket.unknownCaptureTime
        output.update(from: pending, count: sounding)
        (output + sounding).update(repeating: 0, count: count - sounding)
        consume(sounding)
        statistics.samples += UInt64(sounding)
        return Block(isSound: true, captureTime: captureTime)
    }

    private mutating func startIfDue(at now: Instant) {
        guard let first = store.first, let delay = estimator.delay(of: first.packet.timestamp, at: now),
            delay >= estimator.target
        else { return }
        if nextSequence == nil { nextSequence = first.packet.sequence }
        advance(to: first.packet.sequence)
        endTimestamp = first.packet.timestamp
        gapFilled = 0
        self.delay = delay
        blocksUntilStretch = 6
        failedStretches = 0
        fadesIn = true
        if pendingCount == 0 {
            samples.update(repeating: 0, count: TimeStretcher.history)
            timeline.removeAll()
        }
        phase = .playing
    }

    private mutating func consume(_ count: Int) {
        samples.update(from: samples + count, count: TimeStretcher.history + pendingCount - count)
        pendingCount -= count
        timeline.consume(count)
    }

    private mutating func measureDelay(at now: Instant) {
        let head: Int64
        if pendingCount > 0, let time = timeline.time(at: 0) {
            head = time.timestamp
        } else if let endTimestamp {
            head = endTimestamp + Int64(gapFilled)
        } else {
            return
        }
        guard let measured = estimator.delay(of: head, at: now) else { return }
        delay = measured < delay ? measured : delay + (measured - delay) / 16
    }

    private var room: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: pending + pendingCount, count: Self.pendingCapacity - pendingCount)
    }

    /// Decodes the next packet, or covers some of the time to it, behind what is pending.
    private mutating func produce() {
        guard let next = nextSequence, let first = store[next] ?? store.first else {
            return conceal(AudioFormat.blockSize)
        }
        // What is still missing before the first packet at hand: lost, late, or never sent because of silence.
        let gap = endTimestamp.map { first.packet.timestamp - $0 - Int64(gapFilled) } ?? 0
        let isLossBefore = first.packet.sequence > next
        if gap <= 0 {
            decode(first)
        } else if isLossBefore, first.opus.hasErrorCorrection, !isTransformOnly {
            let covered = first.opus.frameSamples
            if gap <= covered {
                recover(before: first, covered)
            } else {
                conceal(Int(min(gap - Int64(covered), Int64(AudioFormat.blockSize))))
            }
        } else {
            conceal(Int(min(gap, Int64(AudioFormat.blockSize))))
        }
    }

    private mutating func decode(_ slot: PacketStore.Slot) {
        advance(to: slot.packet.sequence + 1)
        store.remove(slot.packet.sequence)
        let room = room
        do {
            let count = try decoder.decode(store.payload(of: slot), into: room)
            played |= 1
            delays?.record(pulledAt - slot.packet.arrival + .nanoseconds(Int64(pendingCount) * 1_000_000 / 48))
            if fadesIn { fadeIn(room) }
            append(count, timestamp: slot.packet.timestamp, captureTime: slot.packet.captureTime)
            endTimestamp = slot.packet.timestamp + Int64(count)
            isComfortNoise = slot.opus.isComfortNoise
            isTransformOnly = slot.opus.isTransformOnly
        } catch {
            // Its time is covered like that of a lost one.
            statistics.damagedPackets += 1
            if endTimestamp == nil { endTimestamp = slot.packet.timestamp }
        }
    }

    /// Plays the copy of the lost packet that `slot` carries.
    private mutating func recover(before slot: PacketStore.Slot, _ count: Int) {
        let output = UnsafeMutableBufferPointer(rebasing: room[..<count])
        advance(to: slot.packet.sequence)
        do {
            try decoder.decodeLost(before: store.payload(of: slot), into: output)
            statistics.recoveredPackets += 1
            let start = PlayoutTimeline.Time(
                timestamp: slot.packet.timestamp, captureTime: slot.packet.captureTime
            ).advanced(by: -count)
            append(count, timestamp: start.timestamp, captureTime: start.captureTime)
            endTimestamp = slot.packet.timestamp
        } catch {
            conceal(min(count, AudioFormat.blockSize))
        }
    }

    private mutating func append(_ count: Int, timestamp: Int64, captureTime: Int64) {
        timeline.append(PlayoutTimeline.Time(timestamp: timestamp, captureTime: captureTime), at: pendingCount)
        pendingCount += count
        gapFilled = 0
    }

    /// Invents sound. - Parameter wanted: samples, made a whole number of 2.5 ms.
    private mutating func conceal(_ wanted: Int) {
        let count = max(1, (wanted + 60) / 120) * 120
        let output = UnsafeMutableBufferPointer(rebasing: room[..<count])
        do {
            try decoder.conceal(into: output)
        } catch {
            output.update(repeating: 0)
        }
        pendingCount += count
        gapFilled += count
        if !isComfortNoise { statistics.concealedSamples += UInt64(count) }
        guard gapFilled >= (isComfortNoise ? Self.longestComfortNoise : Self.longestConcealment) else { return }
        // Nothing has come for long: silence until something is held back again.
        phase = .waiting
        for index in 0..<count { output[index] *= Float(count - 1 - index) / Float(count) }
    }

    /// A soft edge after silence.
    private mutating func fadeIn(_ samples: UnsafeMutableBufferPointer<Float>) {
        let length = min(samples.count, 120)
        for index in 0..<length { samples[index] *= Float(index + 1) / Float(length) }
        fadesIn = false
    }

    // MARK: - Stretching

    /// Takes a pitch period out when the delay is above the target, puts one in when it is below.
    private mutating func stretch(at now: Instant) {
        guard phase == .playing, gapFilled == 0 else { return }
        let excess = delay - estimator.target
        if excess > Self.longestExcess, dropOldest(at: now) { return }
        blocksUntilStretch -= 1
        guard blocksUntilStretch <= 0 else { return }
        let wanted = Int(excess.inNanoseconds * 48 / 1_000_000)
        // What is long not alike enough, such as a noisy room, is stretched in the end all the same.
        let patience: Float = wanted > 4800 || wanted < -480 ? 0.03 : 0.01
        let likeness = TimeStretcher.likeness - patience * Float(failedStretches)
        let step: TimeStretcher.Step?
        if wanted >= 240 {
            fill(TimeStretcher.needed(toShortenBy: wanted))
            step = TimeStretcher.shorten(pending, count: pendingCount, limit: wanted, likeness: likeness)
            if let step {
                pendingCount -= step.samples
                timeline.shorten(by: step.samples, seam: step.seam)
                statistics.removedSamples += UInt64(step.samples)
                delay -= .nanoseconds(Int64(step.samples) * 1_000_000 / 48)
            }
        } else if wanted <= -240, pendingCount + TimeStretcher.longest <= Self.pendingCapacity {
            step = TimeStretcher.lengthen(pending, count: pendingCount, limit: 240 - wanted, likeness: likeness)
            if let step {
                pendingCount += step.samples
                timeline.lengthen(by: step.samples, seam: step.seam)
                statistics.insertedSamples += UInt64(step.samples)
                delay += .nanoseconds(Int64(step.samples) * 1_000_000 / 48)
            }
        } else {
            failedStretches = 0
            return
        }
        failedStretches = step == nil ? failedStretches + 1 : 0
        blocksUntilStretch = step == nil ? 2 : wanted > 4800 ? 3 : 6
    }

    /// Decodes what is here in sequence until so many samples are pending. It must follow without a gap.
    private mutating func fill(_ count: Int) {
        while pendingCount < count, let next = nextSequence, let slot = store[next],
            endTimestamp == slot.packet.timestamp
        {
            decode(slot)
        }
    }

    /// Throws packets away that should have been played long ago. - Returns: whether there were any.
    private mutating func dropOldest(at now: Instant) -> Bool {
        guard let due = estimator.timestamp(delayedBy: estimator.target, at: now) else { return false }
        var isDropped = false
        while store.count > 1, let first = store.first, first.packet.timestamp + Int64(first.opus.sampleCount) < due {
            store.remove(first.packet.sequence)
            advance(to: first.packet.sequence + 1)
            statistics.overflowedPackets += 1
            isDropped = true
        }
        if isDropped { endTimestamp = nil }
        return isDropped
    }
}
