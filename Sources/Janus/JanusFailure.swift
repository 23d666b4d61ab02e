public import Meeting

/// An error code of Janus's core (`apierror.h`) or of the VideoRoom plugin, with its words.
public struct JanusFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for when the error came; the same code means different things.
    public enum Context: Sendable {
        case session
        case createRoom
        case join
        case publish
        case subscribe
        case hostCommand
        case command
    }

    public let code: Int
    public let reason: String

    public init(code: Int, reason: String) {
        self.code = code
        self.reason = String(reason.prefix(300))
    }

    public var description: String { "Janus error \(code): \(reason)" }

    /// What a person is told.
    public func meaning(in context: Context) -> MeetingError {
        switch code {
        case 403, 405, 470: .invalidToken
        case 460: .unsupportedByService
        case 458, 459, 468: .unreachable
        case 472: .busy
        case 426: .meetingNotFound
        case 428: .unknownParticipant
        case 432: .meetingFull
        case 433: unauthorized(in: context)
        // A room with a PIN answers a join without one with "Missing mandatory element (pin)".
        case 429, 430: context == .join && reason.contains("pin") ? .wrongPasscode : missing(in: context)
        case 427, 436: .busy
        // 421…425, 431, 434, 435, 437, 499 and the core's 450…457, 461…467, 469, 471, 490: nothing a person can mend.
        default: .rejectedByService
        }
    }

    private func unauthorized(in context: Context) -> MeetingError {
        switch context {
        case .join: reason.contains("allowed list") || reason.contains("token") ? .invalidToken : .wrongPasscode
        case .hostCommand: .notHost
        case .session, .createRoom: .invalidToken
        case .publish, .subscribe, .command: .notPermitted
        }
    }

    private func missing(in context: Context) -> MeetingError {
        switch context {
        case .createRoom where reason.contains("admin_key"): .invalidToken
        // A name where the server numbers its rooms: "room should be a positive integer".
        case .join where code == 430 && reason.contains("(room "): .meetingNotFound
        case .hostCommand where reason.contains("secret"): .notHost
        case .session, .createRoom, .join, .publish, .subscribe, .hostCommand, .command: .rejectedByService
        }
    }

    /// The server's ids are text and a number was sent, or the other way round.
    var wantsOtherKindOfID: Bool {
        code == 430 && (reason.contains("room") || reason.contains("id"))
    }
}
