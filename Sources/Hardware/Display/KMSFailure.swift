import Glibc

/// A system call on a graphics card that failed.
struct KMSFailure: Error, Hashable {
    enum Call: String, CaseIterable {
        case open
        case askForMaster = "ask for the master"
        case enableAtomic = "atomic modesetting"
        case listObjects = "the card's list of connectors"
        case readConnector = "the connector"
        case listPlanes = "the list of planes"
        case readProperties = "the properties"
        case readBlob = "the property's contents"
        case createBlob = "a new property's contents"
        case createBuffer = "a buffer"
        case mapBuffer = "the buffer's memory"
        case addFramebuffer = "a framebuffer"
        case commit = "the commit"
        case readFlips = "page-flip events"
        case wait = "waiting for the card"
    }

    var call: Call
    /// errno.
    var code: Int32

    /// Whether the configuration was refused, and another one may be accepted.
    var isRefusal: Bool { call == .commit && [EINVAL, ENOSPC, ERANGE].contains(code) }
    /// Whether somebody else is the card's master.
    var isMasterLoss: Bool { call != .open && [EACCES, EPERM].contains(code) }
}
