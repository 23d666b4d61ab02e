import ControlAPI

/// Why a command failed; each has its exit status.
enum CommandFailure: Error, Hashable {
    /// The daemon refused: 1.
    case refused(RPCError)
    /// The daemon did it, but its result could not be used here: 1.
    case local(String)
    /// The room's health is not ok, and that was the question: 1.
    case unwell(String)
    /// Wrong usage: 2.
    case usage(String)
    /// Nobody answers at the socket: 3.
    case noDaemon(String)

    var exitStatus: Int32 {
        switch self {
        case .refused, .local, .unwell: 1
        case .usage: 2
        case .noDaemon: 3
        }
    }

    /// - Parameter namingMethods: whether to leave the daemon's words as they are, for somebody who called a method by its name.
    func text(namingMethods: Bool) -> String {
        switch self {
        case .refused(let error):
            Text.clean(namingMethods ? error.message : MethodWords.translated(error.message))
        case .unwell(let status): "The room is \(Text.clean(status))."
        case .local(let message), .usage(let message): message
        case .noDaemon(let message):
            "No roomd answers. \(message) Is it running (systemctl status roomd)? --socket names another socket."
        }
    }
}
