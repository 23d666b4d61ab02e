import CLinux
import Glibc

/// How wide lines may be.
enum TerminalWidth {
    /// Of standard output; nil when it is no terminal: what is read by programs is never cut.
    static var ofOutput: Int? {
        columns(
            isTerminal: isatty(STDOUT_FILENO) == 1, variable: getenv("COLUMNS").map { String(cString: $0) },
            told: Int(clinux_terminal_columns(STDOUT_FILENO)))
    }

    /// - Parameters:
    ///   - variable: `COLUMNS` of the environment, which beats what the terminal tells.
    ///   - told: by the terminal; 0 when it does not know.
    static func columns(isTerminal: Bool, variable: String?, told: Int) -> Int? {
        guard isTerminal else { return nil }
        if let wanted = variable.flatMap({ Int($0) }), wanted > 0 { return wanted }
        return told > 0 ? told : nil
    }
}
