import Base
import Glibc
import Media
import Synchronization

/// The thread of a CEC adapter: finds it, says what is wished, listens. Blocks only while there is nothing to do.
final class CECLoop {
    /// What other threads want; the latest wins.
    struct Inbox: Sendable {
        var wish: CECMachine.Wish?
        var connection: DisplayConnection??
    }

    /// Between attempts to find an adapter, or one that is free.
    static let retryInterval = Duration.seconds(10)
    /// Taken in at a time, so that a chattering bus does not keep wishes waiting.
    private static let burst = 64

    private let system: any CECSystem
    private let specification: String
    private let name: String
    private let signal: EventSignal
    private let takeInbox: () -> Inbox
    private let tell: (CECNews) -> Void
    private var machine = CECMachine()
    private var bus: (any CECBus)?
    private var connection: DisplayConnection?
    private var retryAt: Instant

    /// - Parameters:
    ///   - specification: `auto` or a path.
    ///   - name: as the television shows it; cut to 14 bytes.
    init(
        system: any CECSystem, specification: String, name: String, signal: EventSignal,
        takeInbox: @escaping () -> Inbox, tell: @escaping (CECNews) -> Void
    ) {
        (self.system, self.specification, self.signal) = (system, specification, signal)
        (self.takeInbox, self.tell) = (takeInbox, tell)
        self.name = String(decoding: name.utf8.filter { (0x20..<0x7F).contains($0) }.prefix(14), as: UTF8.self)
        retryAt = system.now
    }

    deinit { bus?.close() }

    func run(until isStopping: () -> Bool) {
        while !isStopping() {
            turn()
            wait(until: nextDeadline)
        }
        bus?.close()
        bus = nil
    }

    /// Everything that is due now.
    func turn() {
        let inbox = takeInbox()
        if let connection = inbox.connection { follow(connection) }
        if let wish = inbox.wish { machine.wish(wish, at: system.now) }
        if bus == nil, system.now >= retryAt { open() }
        listen()
        machine.handleTimeout(at: system.now)
        speak()
        while let news = machine.pollNews() { tell(news) }
    }

    var nextDeadline: Instant {
        bus == nil ? retryAt : machine.nextDeadline
    }

    func wait(until instant: Instant) {
        guard let bus else { return system.wait(until: instant, signal: signal) }
        do {
            _ = try bus.wait(until: instant, signal: signal)
        } catch {
            lose(error)
        }
    }

    // MARK: Bus

    private func listen() {
        for _ in 0..<Self.burst {
            guard let bus else { return }
            do {
                guard let incoming = try bus.receive() else { return }
                switch incoming {
                case .message(let bytes): machine.received(bytes, at: system.now)
                case .sent(let sequence, let isAcknowledged):
                    machine.sent(sequence: sequence, isAcknowledged: isAcknowledged, at: system.now)
                case .addresses(let addresses): machine.addressesChanged(addresses, at: system.now)
                }
            } catch {
                return lose(error)
            }
        }
    }

    private func speak() {
        while let bus, let message = machine.pollTransmit(at: system.now) {
            do {
                machine.began(sequence: try bus.transmit(message))
            } catch  where error.code != ENODEV {
                // Not configured, busy, or the queue is full.
                machine.refused(String(cString: strerror(error.code)), at: system.now)
            } catch {
                lose(error)
            }
        }
    }

    private func lose(_ failure: CECFailure) {
        bus?.close()
        bus = nil
        retryAt = system.now + Self.retryInterval
        machine.lost(
            DeviceError(
                .lost,
                "the CEC adapter has failed (\(failure.call.rawValue)): \(String(cString: strerror(failure.code))); "
                    + "it is looked for every \(Int(Self.retryInterval.inSeconds)) s"))
    }

    // MARK: Finding the adapter

    private func follow(_ connection: DisplayConnection?) {
        guard connection != self.connection else { return }
        self.connection = connection
        guard let bus else {
            // Only now it may be known which one is meant.
            retryAt = system.now
            return
        }
        if let connection, let connector = bus.connector, connector != CECConnector(connection) {
            bus.close()
            self.bus = nil
            retryAt = system.now
        } else if bus.needsPhysicalAddress {
            do { try bus.setPhysicalAddress(connection?.physicalAddress ?? 0xFFFF) } catch { lose(error) }
        }
    }

    private func open() {
        retryAt = system.now + Self.retryInterval
        var opened: [(path: String, bus: any CECBus, addresses: CECAddresses)] = []
        var failure: (path: String, CECFailure)?
        let paths: [String]
        do {
            paths = specification == "auto" ? try system.adapters() : [specification]
        } catch {
            return machine.lost(error)
        }
        for path in paths {
            do {
                let (bus, addresses) = try ask(path)
                opened.append((path, bus, addresses))
            } catch {
                failure = (path, error)
            }
        }
        let chosen = choose(opened.map { ($0.bus.connector, $0.addresses) })
        for (index, candidate) in opened.enumerated() where index != chosen { candidate.bus.close() }
        guard let chosen else { return machine.lost(nothing(paths, failure)) }
        let (path, bus) = (opened[chosen].path, opened[chosen].bus)
        do {
            try bus.follow()
            if bus.needsPhysicalAddress { try bus.setPhysicalAddress(connection?.physicalAddress ?? 0xFFFF) }
            try bus.claimPlayback(name: name)
            machine.opened(try bus.addresses(), at: system.now)
            self.bus = bus
        } catch {
            bus.close()
            machine.lost(nothing(paths, (path, error)))
        }
    }

    private func ask(_ path: String) throws(CECFailure) -> (any CECBus, CECAddresses) {
        let bus = try system.open(path)
        do {
            return (bus, try bus.addresses())
        } catch {
            bus.close()
            throw error
        }
    }

    /// The adapter of the connector that is lit, where the kernel knows it; otherwise the only one that can be it.
    private func choose(_ candidates: [(connector: CECConnector?, addresses: CECAddresses)]) -> Int? {
        if specification != "auto" { return candidates.isEmpty ? nil : 0 }
        if let connection, let connector = CECConnector(connection),
            let index = candidates.firstIndex(where: { $0.connector == connector })
        {
            return index
        }
        // An adapter at 0.0.0.0 is that of an HDMI input, on which this machine is the television.
        let possible = candidates.indices.filter {
            candidates[$0].addresses.physical != 0 && (candidates[$0].connector == nil || connection == nil)
        }
        return possible.count == 1 ? possible[0] : nil
    }

    private func nothing(_ paths: [String], _ failure: (path: String, CECFailure)?) -> DeviceError {
        if let (path, error) = failure {
            let reason: DeviceError.Reason = error.code == EBUSY ? .busy : error.code == ENOENT ? .unknown : .failed
            let advice = [EACCES, EPERM].contains(error.code) ? "; give the daemon's user access to it" : ""
            return DeviceError(
                reason,
                "\(path) was expected to be a CEC adapter that can send (\(error.call.rawValue)): "
                    + "\(String(cString: strerror(error.code)))\(advice)")
        }
        if paths.isEmpty {
            return DeviceError(
                .unknown, "this machine has no CEC adapter; the television is not turned on and off by it")
        }
        return DeviceError(
            .unknown,
            "none of the CEC adapters \(paths.joined(separator: ", ")) is known to belong to "
                + "\(connection?.connector ?? "the display"); configure the one that does")
    }
}

extension CECConnector {
    /// nil where the card's number is not known.
    init?(_ connection: DisplayConnection) {
        guard let card = connection.card else { return nil }
        self.init(card: card, id: connection.connectorID)
    }
}
