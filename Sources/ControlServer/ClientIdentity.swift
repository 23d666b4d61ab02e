public import ControlAPI

/// Who is at the other end of a connection, from the kernel (SO_PEERCRED), and what that one may do.
public struct ClientIdentity: Hashable, Sendable {
    public let id: ClientID
    public let access: AccessLevel
    public let uid: UInt32
    /// Of the process that connected; it may have ended since.
    public let pid: Int32

    public init(id: ClientID, access: AccessLevel, uid: UInt32, pid: Int32) {
        self.id = id
        self.access = access
        self.uid = uid
        self.pid = pid
    }
}
