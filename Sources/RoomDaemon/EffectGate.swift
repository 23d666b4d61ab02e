import Base
import Room

/// Keeps back what must not be before the room's memory is safe: joins, leaves and answers that come of an input which
/// left something to be remembered; and the end, which waits for all of them. Everything else is done at once; the disk may be slow.
struct EffectGate {
    enum Action: Sendable {
        case perform(RoomEffect)
        /// To be saved; `saved` is told when it is.
        case save(UInt64, RoomMemory)
    }

    /// A disk that does not answer for this long holds the room up no longer: a room that cannot be left is worse than
    /// one that may come back into a meeting after a crash.
    static let patience = Duration.seconds(5)

    private var saves: UInt64 = 0
    private var saved: UInt64 = 0
    private var held: [(save: UInt64, effect: RoomEffect)] = []
    private var heldSince: Instant?

    /// When `giveUp` is to be called.
    var deadline: Instant? { heldSince.map { $0 + Self.patience } }

    /// What is to be done now of the effects of one input.
    mutating func admit(_ effects: [RoomEffect], at now: Instant) -> [Action] {
        var actions: [Action] = []
        var isRemembering = false
        for effect in effects {
            switch effect {
            case .remember(let memory):
                saves += 1
                isRemembering = true
                actions.append(.save(saves, memory))
            case .readyToEnd:
                // Nothing is done after it: whatever still waits for the disk comes first.
                hold(effect, if: true, at: now, &actions)
            case .join, .leave:
                // They keep their order among themselves.
                let isBehind = held.contains { $0.effect.isPassage }
                hold(effect, if: isRemembering || isBehind, at: now, &actions)
            case .answer:
                hold(effect, if: isRemembering, at: now, &actions)
            case .event, .operate, .setSending, .setMicrophone, .setCamera, .setSpeaker, .configureVideo,
                .setDisplayPower, .selectDevice, .configureDevice, .takeSnapshot, .takeStatistics, .refreshCalendars,
                .reportLevels,
                .playCountdownSound:
                actions.append(.perform(effect))
            }
        }
        return actions
    }

    private mutating func hold(_ effect: RoomEffect, if isToWait: Bool, at now: Instant, _ actions: inout [Action]) {
        guard isToWait, saved < saves else {
            actions.append(.perform(effect))
            return
        }
        heldSince = heldSince ?? now
        held.append((saves, effect))
    }

    /// Everything up to this save is done with.
    /// - Returns: what may be done now.
    mutating func saved(_ number: UInt64, at now: Instant) -> [RoomEffect] {
        saved = max(saved, number)
        let count = held.prefix { $0.save <= saved }.count
        defer {
            held.removeFirst(count)
            if count > 0 { heldSince = held.isEmpty ? nil : now }
        }
        return held.prefix(count).map(\.effect)
    }

    /// - Returns: what is done although nothing is safe, when its time has come.
    mutating func giveUp(at now: Instant) -> [RoomEffect]? {
        guard let deadline, now >= deadline else { return nil }
        defer {
            held = []
            heldSince = nil
        }
        return held.map(\.effect)
    }
}

extension RoomEffect {
    /// Into a meeting or out of one.
    fileprivate var isPassage: Bool {
        switch self {
        case .join, .leave, .readyToEnd: true
        default: false
        }
    }
}
