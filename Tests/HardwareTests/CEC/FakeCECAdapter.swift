import Base
import Glibc
import Media

@testable import Hardware

/// A CEC adapter and the television at the other end of its cable.
final class FakeCECAdapter {
    enum Television: Hashable {
        case answering
        /// Nothing acknowledges.
        case deaf
        /// The kernel never tells what has become of a message.
        case silent
    }

    struct Sent: Hashable {
        var at: Instant
        var bytes: [UInt8]
    }

    weak var system: FakeCEC!
    var connector: CECConnector?
    var needsPhysicalAddress = false
    var television = Television.answering
    /// What it answers when asked: 0 on, 1 standby; nil = nothing.
    var powerStatus: UInt8?
    var addresses: CECAddresses
    var faults: [CECFailure.Call: [Int32]] = [:]
    /// Whether logical addresses are claimed as soon as they are asked for.
    var claims = true

    private(set) var name: String?
    private(set) var sent: [Sent] = []
    private(set) var given: [UInt16] = []
    private(set) var claimed = 0
    var openBuses = 0
    private var incoming: [(at: Instant, item: CECIncoming)] = []
    private var sequence: UInt32 = 0

    init(connector: CECConnector? = nil, physical: UInt16 = 0x1000) {
        self.connector = connector
        addresses = CECAddresses(physical: physical, logicalMask: 0)
    }

    var messages: [[UInt8]] { sent.map(\.bytes) }
    func forget() { sent = [] }

    func attempt(_ call: CECFailure.Call) throws(CECFailure) {
        guard faults[call]?.isEmpty == false else { return }
        let code = faults[call]!.removeFirst()
        if code != 0 { throw CECFailure(call: call, code: code) }
    }

    /// Another device says something.
    func say(_ bytes: UInt8...) { tell(.message(bytes)) }

    func change(physical: UInt16, logicalMask: UInt16) {
        addresses = CECAddresses(physical: physical, logicalMask: logicalMask)
        tell(.addresses(addresses))
    }

    private func tell(_ item: CECIncoming, after delay: Duration = .zero) {
        incoming.append((system.now + delay, item))
        incoming.sort { $0.at < $1.at }
    }

    // MARK: For its bus

    var due: Instant? { incoming.first?.at }

    func next() -> CECIncoming? {
        guard let first = incoming.first, first.at <= system.now else { return nil }
        return incoming.removeFirst().item
    }

    func give(_ address: UInt16) {
        given.append(address)
        addresses.physical = address
        if claimed > 0, claims { change(physical: address, logicalMask: address == 0xFFFF ? 0 : 1 << 4) }
    }

    func claim(_ name: String) {
        self.name = name
        claimed += 1
        if claims, addresses.physical != 0xFFFF { change(physical: addresses.physical, logicalMask: 1 << 4) }
    }

    func transmit(_ bytes: [UInt8]) -> UInt32 {
        sent.append(Sent(at: system.now, bytes: bytes))
        sequence += 1
        let isBroadcast = bytes[0] & 15 == 15
        switch television {
        case .answering:
            tell(.sent(sequence: sequence, isAcknowledged: true), after: .milliseconds(50))
            if bytes[1] == 0x8F, let powerStatus {
                tell(.message([0x04, 0x90, powerStatus]), after: .milliseconds(150))
            }
        case .deaf: tell(.sent(sequence: sequence, isAcknowledged: isBroadcast), after: .milliseconds(400))
        case .silent: break
        }
        return sequence
    }
}

/// One open descriptor of it.
final class FakeCECBus: CECBus {
    private let adapter: FakeCECAdapter
    private var isOpen = true

    init(_ adapter: FakeCECAdapter) {
        self.adapter = adapter
        adapter.openBuses += 1
    }

    var connector: CECConnector? { adapter.connector }
    var needsPhysicalAddress: Bool { adapter.needsPhysicalAddress }

    func addresses() throws(CECFailure) -> CECAddresses {
        try adapter.attempt(.ask)
        return adapter.addresses
    }

    func setPhysicalAddress(_ address: UInt16) throws(CECFailure) {
        try adapter.attempt(.setPhysicalAddress)
        adapter.give(address)
    }

    func claimPlayback(name: String) throws(CECFailure) {
        try adapter.attempt(.claim)
        adapter.claim(name)
    }

    func follow() throws(CECFailure) { try adapter.attempt(.follow) }

    func transmit(_ message: [UInt8]) throws(CECFailure) -> UInt32 {
        try adapter.attempt(.transmit)
        return adapter.transmit(message)
    }

    func receive() throws(CECFailure) -> CECIncoming? {
        try adapter.attempt(.receive)
        return adapter.next()
    }

    func wait(until instant: Instant, signal: EventSignal) throws(CECFailure) -> DeviceWake {
        try adapter.attempt(.wait)
        return adapter.system.wait(until: instant, signal: signal, due: adapter.due)
    }

    func close() {
        if isOpen { adapter.openBuses -= 1 }
        isOpen = false
    }
}
