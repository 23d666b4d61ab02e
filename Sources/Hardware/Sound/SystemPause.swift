import CALSA

/// A short sleep that `stop` ends.
enum SystemPause {
    /// Real-time safe.
    /// - Returns: false when it was interrupted.
    static func pause(interrupt: Int32, milliseconds: Int32) -> Bool {
        calsa_pause(interrupt, milliseconds) == 0
    }
}
