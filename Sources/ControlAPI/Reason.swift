/// Why a method was refused or failed: `data.reason` of an error with code −32000. Stable; clients switch over it.
public enum Reason: String, CaseIterable, Hashable, Sendable {
    case notInMeeting = "not_in_meeting"
    case alreadyInMeeting = "already_in_meeting"
    case joining
    case notHost = "not_host"
    case notPermitted = "not_permitted"
    case unknownParticipant = "unknown_participant"
    case unknownDevice = "unknown_device"
    case deviceBusy = "device_busy"
    case deviceLost = "device_lost"
    case unknownRequest = "unknown_request"
    case unreachable
    case rejectedByService = "rejected_by_service"
    case wrongPasscode = "wrong_passcode"
    case meetingFull = "meeting_full"
    case meetingNotFound = "meeting_not_found"
    case meetingEnded = "meeting_ended"
    case locked
    case removed
    case denied
    case invalidToken = "invalid_token"
    case tlsFailed = "tls_failed"
    case unsupportedAddress = "unsupported_address"
    case unsupportedByService = "unsupported_by_service"
    case floorTaken = "floor_taken"
    case diskFull = "disk_full"
    case limitExceeded = "limit_exceeded"
    case timeout
    case cancelled
    case busy

    /// What the reason means, for people who read the documentation.
    public var summary: String {
        switch self {
        case .notInMeeting: "The room is in no meeting."
        case .alreadyInMeeting: "The room is in another meeting; leave it first."
        case .joining: "The room is joining a meeting just now."
        case .notHost: "Only the meeting's host may do this."
        case .notPermitted: "The client or the room lacks the right to do this."
        case .unknownParticipant: "No such participant is in the meeting."
        case .unknownDevice: "No such device is attached."
        case .deviceBusy: "Another program uses the device."
        case .deviceLost: "The device is no longer there."
        case .unknownRequest: "No such request is open."
        case .unreachable: "The service or server does not answer."
        case .rejectedByService: "The service refused, for a reason of its own; the message has its words."
        case .wrongPasscode: "The passcode is wrong or missing."
        case .meetingFull: "The meeting takes no more participants."
        case .meetingNotFound: "The service knows no such meeting."
        case .meetingEnded: "The meeting has ended."
        case .locked: "The meeting is locked."
        case .removed: "The host removed the room from this meeting."
        case .denied: "The host did not admit the room."
        case .invalidToken: "The service does not accept the room's token or secret."
        case .tlsFailed: "The encrypted connection could not be made; the certificate may be wrong."
        case .unsupportedAddress: "No service of this room speaks for the address."
        case .unsupportedByService: "The meeting's service, or this version of roomd, cannot do this."
        case .floorTaken: "Somebody else is sharing."
        case .diskFull: "There is no space left."
        case .limitExceeded: "More clients, requests or bytes than are allowed."
        case .timeout: "It took too long."
        case .cancelled: "A later command or an event made it void."
        case .busy: "Something else is under way; try again."
        }
    }
}
