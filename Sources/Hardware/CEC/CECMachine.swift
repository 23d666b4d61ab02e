import Base
import Media

/// What is said to a television, and what its messages mean. Without a clock and without a bus.
///
/// There is one wish at a time, and a new one replaces the old with all that was still to be said for it. One message
/// is under way at a time. A television that does not answer is told about once, and then left in peace until the
/// next wish or until it shows itself.
struct CECMachine {
    enum Wish: Hashable {
        case awake, asleep
    }

    /// What a wish takes, in order.
    private enum Step: Hashable {
        case imageViewOn, activeSource, askPower, standby
    }

    private struct UnderWay {
        var step: Step?
        var isDirected: Bool
        /// nil until the kernel has taken it.
        var sequence: UInt32?
        var deadline: Instant
    }

    /// A message takes 0.4 s at most with all its repetitions; the kernel gives up after 2.1 s.
    static let patience = Duration.milliseconds(2500)
    static let pause = Duration.seconds(1)
    /// Attempts at one step.
    static let attempts = 4
    /// After waking, until the television is asked whether it did.
    static let wakingTime = Duration.seconds(4)
    /// Times that a television that slept on is woken again.
    static let wakings = 3
    /// For so long a wish to be awake is not repeated: activity comes in bursts.
    static let wakeInterval = Duration.seconds(10)
    /// Standby that could not be said is not said later, when somebody has plugged the television in.
    static let standbyTime = Duration.seconds(30)
    /// Answers waiting; the oldest is dropped.
    static let replyLimit = 8
    private static let newsLimit = 16

    private(set) var addresses = CECAddresses.none
    private var wish: Wish?
    private var wishedAt = Instant.zero
    private var steps: [Step] = []
    private var replies: [[UInt8]] = []
    private var underWay: UnderWay?
    private var failures = 0
    private var wakingsLeft = 0
    /// Nothing is sent before.
    private var notBefore = Instant.zero
    private var isUnreachable = false
    private var isOn: Bool?
    private var isSelected: Bool?
    /// Somebody has turned it off since the wish: they are not fought, whatever the television's cable then does.
    private var isTurnedOff = false
    private var news: [CECNews] = []

    // MARK: In

    mutating func wish(_ new: Wish, at now: Instant) {
        if new == wish {
            let isDone = isOn != false && isSelected != false
            if !steps.isEmpty || new == .asleep || (isDone && now - wishedAt < Self.wakeInterval) { return }
        }
        (wish, wishedAt, notBefore, failures, isTurnedOff) = (new, now, now, 0, false)
        switch new {
        case .awake:
            wakingsLeft = Self.wakings
            steps = [.imageViewOn, .activeSource, .askPower]
        case .asleep:
            // Whoever watches something else goes on watching.
            steps = isSelected == false ? [] : [.standby]
        }
    }

    mutating func addressesChanged(_ new: CECAddresses, at now: Instant) {
        let isNew = addresses.logical == nil && new.logical != nil
        addresses = new
        if new.logical == nil { (isOn, isSelected) = (nil, nil) }
        // A television that was unplugged, or that wakes from the deep sleep in which it has no inputs.
        if isNew, wish == .awake, !isTurnedOff, !steps.contains(.activeSource) {
            steps = [.activeSource, .askPower]
            notBefore = now
        }
    }

    /// The kernel has taken what `pollTransmit` gave.
    mutating func began(sequence: UInt32) {
        underWay?.sequence = sequence
    }

    /// The kernel has not taken it.
    mutating func refused(_ reason: String, at now: Instant) {
        failed(reason, at: now)
    }

    mutating func sent(sequence: UInt32, isAcknowledged: Bool, at now: Instant) {
        guard let message = underWay, message.sequence == sequence else { return }
        guard isAcknowledged else { return failed("nothing acknowledges", at: now) }
        underWay = nil
        failures = 0
        if message.isDirected { answered() }
        guard let step = message.step else { return }
        finish(step)
        switch step {
        case .activeSource:
            isSelected = true
            if steps.first == .askPower { notBefore = now + Self.wakingTime }
        case .imageViewOn, .askPower, .standby: break
        }
    }

    /// The adapter is gone, or there is none.
    mutating func lost(_ reason: DeviceError) {
        underWay = nil
        replies = []
        addresses = .none
        (isOn, isSelected) = (nil, nil)
        tellUnreachable(reason)
    }

    /// Another adapter, or the same after its return: says again what is wished.
    mutating func opened(_ addresses: CECAddresses, at now: Instant) {
        self.addresses = addresses
        (underWay, failures, notBefore) = (nil, 0, now)
        replies = []
        if wish == .awake, !isTurnedOff { steps = [.imageViewOn, .activeSource, .askPower] }
    }

    mutating func received(_ message: [UInt8], at now: Instant) {
        guard message.count >= 2, let own = addresses.logical else { return }
        let (initiator, destination) = (message[0] >> 4, message[0] & 15)
        guard initiator != own else { return }
        let isTelevision = initiator == CECMessage.television
        if isTelevision { answered() }
        switch message[1] {
        case CECMessage.Operation.standby:
            guard isTelevision else { return }
            isTurnedOff = true
            steps.removeAll { $0 != .standby }
            power(isOn: false)
        case CECMessage.Operation.reportPowerStatus:
            // 0 on, 1 standby, 2 on its way to on, 3 on its way to standby.
            if isTelevision, message.count >= 3, message[2] <= 3 { powerReported(message[2] % 2 == 0, at: now) }
        case CECMessage.Operation.activeSource:
            select(CECMessage.address(message, at: 2) == addresses.physical)
        case CECMessage.Operation.routingChange:
            follow(CECMessage.address(message, at: 4), own)
        case CECMessage.Operation.setStreamPath:
            follow(CECMessage.address(message, at: 2), own)
        case CECMessage.Operation.requestActiveSource:
            if isSelected == true, wish == .awake { replyActiveSource(own) }
        case CECMessage.Operation.givePowerStatus:
            guard destination == own else { return }
            reply(
                CECMessage.bytes(
                    from: own, to: initiator, CECMessage.Operation.reportPowerStatus, wish == .asleep ? 1 : 0))
        case CECMessage.Operation.featureAbort, CECMessage.Operation.imageViewOn: break
        default:
            guard destination == own, initiator != CECMessage.unregistered else { return }
            // "Unrecognised": what the standard wants said to everything that one does not do.
            reply(CECMessage.bytes(from: own, to: initiator, CECMessage.Operation.featureAbort, message[1], 0))
        }
    }

    mutating func handleTimeout(at now: Instant) {
        if let message = underWay, message.deadline <= now { failed("no answer comes", at: now) }
        if steps.first == .standby, now - wishedAt >= Self.standbyTime { steps = [] }
    }

    // MARK: Out

    var nextDeadline: Instant {
        if let underWay { return underWay.deadline }
        guard let step = steps.first else { return .distantFuture }
        if needsAddress(step), addresses.logical == nil {
            return step == .standby ? wishedAt + Self.standbyTime : .distantFuture
        }
        return notBefore
    }

    /// The next message, when it is time. Answer with `began` or `refused`.
    mutating func pollTransmit(at now: Instant) -> [UInt8]? {
        guard underWay == nil else { return nil }
        if !replies.isEmpty {
            let reply = replies.removeFirst()
            underWay = UnderWay(step: nil, isDirected: false, deadline: now + Self.patience)
            return reply
        }
        guard let step = steps.first, now >= notBefore, !needsAddress(step) || addresses.logical != nil else {
            return nil
        }
        // A television in deep sleep gives no address; it can be woken all the same, and only so.
        let own = addresses.logical ?? CECMessage.unregistered
        underWay = UnderWay(step: step, isDirected: step != .activeSource, deadline: now + Self.patience)
        switch step {
        case .imageViewOn:
            return CECMessage.bytes(from: own, to: CECMessage.television, CECMessage.Operation.imageViewOn)
        case .activeSource: return activeSource(own)
        case .askPower:
            return CECMessage.bytes(from: own, to: CECMessage.television, CECMessage.Operation.givePowerStatus)
        case .standby:
            return CECMessage.bytes(from: own, to: CECMessage.television, CECMessage.Operation.standby)
        }
    }

    mutating func pollNews() -> CECNews? {
        news.isEmpty ? nil : news.removeFirst()
    }

    // MARK: -

    private func needsAddress(_ step: Step) -> Bool { step != .imageViewOn }

    /// A new wish may have replaced the steps while one of them was under way.
    private mutating func finish(_ step: Step) {
        if steps.first == step { steps.removeFirst() }
    }

    private mutating func failed(_ reason: String, at now: Instant) {
        guard let message = underWay else { return }
        underWay = nil
        guard let step = message.step, steps.first == step else { return }
        failures += 1
        notBefore = now + Self.pause
        guard failures >= Self.attempts else { return }
        failures = 0
        finish(step)
        // Some televisions switch when they are told of a source and do not understand anything else.
        if step == .imageViewOn { steps.removeAll { $0 == .askPower } }
        tellUnreachable(
            DeviceError(
                .lost,
                "the television was expected to answer to HDMI-CEC, but \(reason); turn CEC on in its menu (Anynet+, "
                    + "Bravia Sync, SimpLink, …), or let it be"))
    }

    private mutating func powerReported(_ isOn: Bool, at now: Instant) {
        power(isOn: isOn)
        guard !isOn, wish == .awake, !isTurnedOff, steps.isEmpty, underWay == nil, wakingsLeft > 0 else { return }
        wakingsLeft -= 1
        notBefore = now
        steps = [.imageViewOn, .activeSource, .askPower]
    }

    private mutating func power(isOn: Bool) {
        if !isOn { isSelected = nil }
        guard isOn != self.isOn else { return }
        self.isOn = isOn
        tell(isOn ? .televisionOn : .televisionStandby)
    }

    private mutating func follow(_ address: UInt16?, _ own: UInt8) {
        guard let address else { return }
        select(address == addresses.physical)
        if address == addresses.physical { replyActiveSource(own) }
    }

    private mutating func select(_ isOurs: Bool) {
        guard isOurs != isSelected else { return }
        isSelected = isOurs
        tell(isOurs ? .selected : .deselected)
    }

    private mutating func answered() {
        guard isUnreachable else { return }
        isUnreachable = false
        tell(.reachable)
    }

    private mutating func tellUnreachable(_ reason: DeviceError) {
        guard !isUnreachable else { return }
        isUnreachable = true
        tell(.unreachable(reason))
    }

    private mutating func tell(_ item: CECNews) {
        if news.count == Self.newsLimit { news.removeFirst() }
        news.append(item)
    }

    private func activeSource(_ own: UInt8) -> [UInt8] {
        CECMessage.bytes(
            from: own, to: CECMessage.broadcast, CECMessage.Operation.activeSource,
            UInt8(addresses.physical >> 8), UInt8(truncatingIfNeeded: addresses.physical))
    }

    private mutating func replyActiveSource(_ own: UInt8) {
        reply(activeSource(own))
    }

    private mutating func reply(_ message: [UInt8]) {
        if replies.count == Self.replyLimit { replies.removeFirst() }
        replies.append(message)
    }
}
