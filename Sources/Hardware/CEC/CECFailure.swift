/// A system call on a CEC adapter that failed.
struct CECFailure: Error, Hashable {
    enum Call: String, CaseIterable {
        case open, ask, setPhysicalAddress, claim, follow, transmit, receive, wait
    }

    var call: Call
    /// errno.
    var code: Int32
}
