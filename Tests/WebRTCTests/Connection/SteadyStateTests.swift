import Base
import Glibc
import RTP
import TestSupport
import Testing
import WebRTC

/// In steady state a connection allocates nothing for a packet or a picture, neither where they leave nor where they come.
@Suite struct SteadyStateTests {
    /// A process of its own, because the runtime's allocator is the whole process's.
    @Test func mediaAllocateNothing() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            // Consent checks, every five seconds, may allocate; a call with the same seed has them at the same times.
            var rehearsal = try Wire(seed: 1)
            for _ in 0..<Wire.ticks { rehearsal.tick() }
            var wire = try Wire(seed: 1)
            var count = AllocationCount()
            for tick in 0..<Wire.ticks {
                if tick < Wire.warmUp || rehearsal.checks.contains(tick) {
                    wire.tick()
                } else {
                    count.measure { wire.tick() }
                }
            }
            print("\(count.objects) objects for \(wire.packets) datagrams; \(wire.pictures) pictures came")
            let isWhole = wire.packets > 10_000 && wire.pictures > 3000 && rehearsal.checks.count < 100
            exit(count.objects == 0 && isWhole && wire.checks == rehearsal.checks ? EXIT_SUCCESS : EXIT_FAILURE)
        }
        // For the one who has to mend it.
        if let result { print(String(decoding: result.standardOutputContent, as: UTF8.self)) }
    }
}

/// Two connected ends without a network between them: what leaves one is at the other, in the same buffers.
private struct Wire: ~Copyable {
    /// Of 20 ms; the first ones go once round the rings that keep packets for repetition.
    static let ticks = 3500
    static let warmUp = 2500

    private var call: VirtualCall
    private var now: Instant
    private var datagram: [UInt8] = []
    private var sound: [UInt8] = []
    private var number = 0
    private(set) var packets = 0
    private(set) var pictures = 0
    /// The ticks that had STUN in them.
    private(set) var checks: Set<Int> = []

    init(seed: UInt64) throws {
        call = try VirtualCall.connected(seed: seed)
        call.polls = false
        now = call.now
    }

    /// 20 ms of media in both directions.
    mutating func tick() {
        call.near.send(number, at: now)
        call.far.send(number, at: now)
        let end = now + .milliseconds(20)
        // Every 2 ms: pacing and feedback have their times.
        while now < end {
            exchange()
            now += .milliseconds(2)
            if let due = call.near.peer.nextDeadline, due <= now { call.near.peer.handleTimeout(at: now) }
            if let due = call.far.peer.nextDeadline, due <= now { call.far.peer.handleTimeout(at: now) }
        }
        exchange()
        number += 1
    }

    private mutating func exchange() {
        var isMoving = true
        while isMoving {
            isMoving = false
            while call.near.peer.pollTransmit(into: &datagram) != nil {
                look()
                call.far.peer.receive(&datagram, from: call.near.address, on: call.far.address, at: now)
                isMoving = true
            }
            while call.far.peer.pollTransmit(into: &datagram) != nil {
                look()
                call.near.peer.receive(&datagram, from: call.far.address, on: call.near.address, at: now)
                isMoving = true
            }
        }
        pictures += call.near.takeMedia(at: now, sound: &sound) + call.far.takeMedia(at: now, sound: &sound)
    }

    /// RFC 7983 §7: STUN begins with 0…3.
    private mutating func look() {
        packets += 1
        if datagram[0] < 4, !checks.contains(number) { checks.insert(number) }
    }
}

extension VirtualCall.End {
    private static let sound = [UInt8](repeating: 0x78, count: 120)
    private static let keyFrame = MediaPump.head(isKeyFrame: true) + [UInt8](repeating: 0x5A, count: 12_000)
    private static let picture = MediaPump.head(isKeyFrame: false) + [UInt8](repeating: 0x5A, count: 2500)

    /// Sound each time, a picture every second, a key frame every hundredth.
    fileprivate mutating func send(_ number: Int, at now: Instant) {
        if let audio = pump.audio {
            _ = peer.sendAudio(
                Self.sound.span, on: audio, timestamp: UInt32(number * 960), level: .silence, captureTime: now, at: now)
        }
        guard let video = pump.video, number % 2 == 0 else { return }
        let isKeyFrame = number % 100 == 0
        _ = peer.sendVideo(
            isKeyFrame ? Self.keyFrame.span : Self.picture.span, codec: .vp8, isKeyFrame: isKeyFrame, on: video,
            timestamp: UInt32(number * 1800), captureTime: now, at: now)
    }

    /// - Returns: how many pictures came.
    fileprivate mutating func takeMedia(at now: Instant, sound: inout [UInt8]) -> Int {
        var pictures = 0
        while peer.pollAudio(into: &sound) != nil {}
        while peer.pollVideo(into: &received, at: now) != nil { pictures += 1 }
        while peer.pollEvent() != nil {}
        while peer.pollSent() != nil {}
        return pictures
    }
}
