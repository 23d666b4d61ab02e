import Base
import CCEC
import CLinux
import Glibc
import Media

/// A CEC adapter of this machine.
final class MachineCECBus: CECBus {
    private var descriptor: Int32
    let connector: CECConnector?
    let needsPhysicalAddress: Bool

    init(path: String) throws(CECFailure) {
        let descriptor = ccec_open(path)
        guard descriptor >= 0 else { throw CECFailure(call: .open, code: -descriptor) }
        var capabilities: UInt32 = 0
        let result = ccec_capabilities(descriptor, &capabilities)
        let needed = ccec_cap_transmit | ccec_cap_logical_addresses
        guard result >= 0, capabilities & needed == needed else {
            ccec_close(descriptor)
            throw CECFailure(call: .ask, code: result < 0 ? -result : EOPNOTSUPP)
        }
        var (card, id): (UInt32, UInt32) = (0, 0)
        connector = ccec_connector(descriptor, &card, &id) == 1 ? CECConnector(card: Int(card), id: id) : nil
        needsPhysicalAddress = capabilities & ccec_cap_physical_address != 0
        self.descriptor = descriptor
    }

    deinit { close() }

    func addresses() throws(CECFailure) -> CECAddresses {
        var addresses = CECAddresses.none
        try check(ccec_physical_address(descriptor, &addresses.physical), .ask)
        try check(ccec_logical_addresses(descriptor, &addresses.logicalMask), .ask)
        return addresses
    }

    func setPhysicalAddress(_ address: UInt16) throws(CECFailure) {
        try check(ccec_set_physical_address(descriptor, address), .setPhysicalAddress)
    }

    func claimPlayback(name: String) throws(CECFailure) {
        try check(ccec_claim_playback(descriptor, name), .claim)
    }

    func follow() throws(CECFailure) {
        try check(ccec_follow(descriptor), .follow)
    }

    func transmit(_ message: [UInt8]) throws(CECFailure) -> UInt32 {
        var sequence: UInt32 = 0
        try check(ccec_transmit(descriptor, message, Int32(message.count), &sequence), .transmit)
        return sequence
    }

    func receive() throws(CECFailure) -> CECIncoming? {
        var addresses = CECAddresses.none
        while true {
            let event = ccec_event(descriptor, &addresses.physical, &addresses.logicalMask)
            try check(event, .receive)
            if event == 1 { return .addresses(addresses) }
            if event == 0 { break }
        }
        var (length, isSent): (Int32, Int32) = (0, 0)
        var sequence: UInt32 = 0
        var kind: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 16) { bytes, count in
            kind = ccec_receive(descriptor, bytes.baseAddress, &length, &sequence, &isSent)
            count = kind == 1 ? Int(length) : 0
        }
        try check(kind, .receive)
        switch kind {
        case 1: return .message(bytes)
        case 2: return .sent(sequence: sequence, isAcknowledged: isSent != 0)
        default: return nil
        }
    }

    func wait(until instant: Instant, signal: EventSignal) throws(CECFailure) -> DeviceWake {
        let result = clinux_wait_for_device(descriptor, signal.fileDescriptor, instant.nanoseconds)
        try check(result, .wait)
        guard result == 2 else { return result == 1 ? .readable : .timedOut }
        signal.drain()
        return .signalled
    }

    func close() {
        guard descriptor >= 0 else { return }
        ccec_close(descriptor)
        descriptor = -1
    }

    private func check(_ result: Int32, _ call: CECFailure.Call) throws(CECFailure) {
        if result < 0 { throw CECFailure(call: call, code: -result) }
    }
}
