/// Why a lit display cannot go on.
enum KMSTrouble: Error, Hashable {
    case failed(KMSFailure)
    /// A page flip was accepted and has not happened within `KMSOutput.patience`.
    case stuck
    /// `stop` was called.
    case stopped
}
