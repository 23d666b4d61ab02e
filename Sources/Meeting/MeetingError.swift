/// Why a meeting or a command in it failed. Raw values are the contract's `data.reason`, one to one.
public enum MeetingError: String, Error, Hashable, Sendable, CaseIterable {
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

    /// The contract's `data.reason`.
    public var reason: String { rawValue }

    /// One sentence, for people, that says what to do.
    public var message: String {
        switch self {
        case .notInMeeting: "The room is not in a meeting. Join one first."
        case .alreadyInMeeting: "The room is already in a meeting. Leave it first."
        case .joining: "The room is still joining. Wait until it is in the meeting."
        case .notHost: "Only the host may do that. Ask the host, or have the host role handed over."
        case .notPermitted: "The host does not permit that. Ask the host for permission."
        case .unknownParticipant: "That participant is not in the meeting any more. Choose one from the list."
        case .unknownDevice: "There is no such device. Choose one from the list of devices."
        case .deviceBusy: "Another program uses that device. Close it there, or choose another device."
        case .deviceLost: "The device is gone. Check its cable."
        case .unknownRequest: "That request is no longer open."
        case .unreachable: "The meeting's server cannot be reached. Check the network and the address, then try again."
        case .rejectedByService: "The meeting's server refused. Try again, or ask its administrator."
        case .wrongPasscode: "The passcode is wrong. Check it in the invitation and enter it again."
        case .meetingFull: "The meeting is full. Try again when somebody has left."
        case .meetingNotFound: "There is no such meeting. Check its address, or wait until it has been started."
        case .meetingEnded: "The meeting is over."
        case .locked: "The meeting is locked. Ask the host to unlock it."
        case .removed: "The room was removed from this meeting. Ask the host to admit it again."
        case .denied: "The request was declined."
        case .invalidToken: "The server did not accept the room's credentials. Check the secret in the configuration."
        case .tlsFailed:
            "The secure connection to the server failed. Check its certificate and the clocks of both machines."
        case .unsupportedAddress: "This room cannot join meetings at that kind of address."
        case .unsupportedByService: "The meeting's service cannot do that."
        case .floorTaken: "Somebody else is sharing. Wait until they have stopped."
        case .diskFull: "The disk is full. Delete old recordings."
        case .limitExceeded: "That is more than is allowed. Do less at a time."
        case .timeout: "The server did not answer in time. Try again."
        case .cancelled: "The operation was cancelled."
        case .busy: "Another operation is under way. Wait until it is done."
        }
    }
}

extension MeetingError: CustomStringConvertible {
    public var description: String { "\(reason): \(message)" }
}
