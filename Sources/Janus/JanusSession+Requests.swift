import Base
import JSON
import Meeting

// Sending, and sorting what comes back.
extension JanusSession {
    /// A request to the core.
    mutating func request(
        _ purpose: Transactions.Purpose, _ verb: String, handle: Int64? = nil, _ more: [String: JSONValue] = [:],
        at now: Instant
    ) {
        guard link == .up || purpose == .claim else { return lost(purpose) }
        guard !transactions.isFull else { return fail(.unreachable, "\(Transactions.limit) requests are unanswered") }
        var members = more
        members["janus"] = .string(verb)
        if let sessionID { members["session_id"] = .integer(sessionID) }
        if let handle { members["handle_id"] = .integer(handle) }
        let deadline = now + requestTimeout
        emit(
            .send(
                transactions.open(
                    purpose, .object(members), on: handle, secret: configuration.apiSecret, until: deadline)))
        if sessionID != nil { keepaliveDue = now + configuration.keepalive }
    }

    private var requestTimeout: Duration {
        phase == .joined
            ? configuration.requestTimeout : configuration.joinRequestTimeout ?? configuration.requestTimeout
    }

    /// A request to the plugin, on one of the handles.
    mutating func message(
        _ purpose: Transactions.Purpose, on peer: JanusPeer = .publisher, _ body: JSONValue,
        jsep: (type: String, sdp: String)? = nil, at now: Instant
    ) {
        guard let handle = peer == .publisher ? publisherHandle : subscriberHandle else { return }
        var members: [String: JSONValue] = ["body": body]
        if let jsep { members["jsep"] = ["type": .string(jsep.type), "sdp": .string(jsep.sdp)] }
        request(purpose, "message", handle: handle, members, at: now)
    }

    mutating func receive(_ text: [UInt8], at now: Instant) {
        take(text, at: now)
        sendModerations(at: now)
    }

    private mutating func take(_ text: [UInt8], at now: Instant) {
        let message: JanusMessage
        do {
            message = try JanusMessage(parsing: text)
        } catch {
            return emit(.note("ignored: \(error)"))
        }
        let purpose = transactions.purpose(of: message.transaction)
        switch message.content {
        case .ack:
            if purpose == .keepalive || purpose == .housekeeping { transactions.close(message.transaction) }
        case .success(let id, let plugin):
            transactions.close(message.transaction)
            if let purpose { succeeded(purpose, id: id, plugin: plugin, at: now) }
        case .error(let code, let reason):
            transactions.close(message.transaction)
            let failure = JanusFailure(code: code, reason: reason)
            if let purpose { failed(purpose, failure, at: now) } else { emit(.note("unasked: \(failure)")) }
        case .event(let data, let jsep):
            if purpose != nil { transactions.close(message.transaction) }
            event(data, jsep, purpose: purpose, sender: message.sender, at: now)
        case .webrtcUp:
            guard message.sender == publisherHandle, publishing != .none else { return }
            serverIsUp = true
            settle(at: now)
        case .hangup(let reason): hungUp(message.sender, reason, at: now)
        case .detached:
            if message.sender == subscriberHandle {
                subscriberBroke("Janus detached it", detach: false, at: now)
            } else if message.sender == publisherHandle {
                phase == .leaving ? finish(.left) : fail(.unreachable, "Janus detached our handle")
            }
        case .timeout: fail(.unreachable, "Janus ended the session: it was not kept alive")
        case .slowLink(let uplink, let lost):
            emit(.slowLink(message.sender == subscriberHandle ? .subscriber : .publisher, uplink: uplink, lost: lost))
        case .trickle(let candidate, let mid):
            let peer: JanusPeer = message.sender == subscriberHandle ? .subscriber : .publisher
            emit(.remoteCandidate(peer, candidate: candidate, mid: mid))
        case .media, .other: break
        }
    }

    private mutating func event(
        _ data: JSONValue, _ jsep: JanusMessage.Description?, purpose: Transactions.Purpose?, sender: Int64?,
        at now: Instant
    ) {
        if let code = data["error_code"]?.integerValue {
            let reason = data["error"]?.stringValue ?? "no reason given"
            let failure = JanusFailure(code: Int(clamping: code), reason: reason)
            if let purpose { failed(purpose, failure, at: now) } else { emit(.note("unasked: \(failure)")) }
            return
        }
        if let sender, sender == subscriberHandle {
            subscriberEvent(data, jsep, purpose: purpose, at: now)
        } else if let sender, sender == publisherHandle {
            if let purpose { succeeded(purpose, id: nil, plugin: data, jsep: jsep, at: now) }
            roomEvent(data, at: now)
        }
    }

    private mutating func succeeded(
        _ purpose: Transactions.Purpose, id: Int64?, plugin: JSONValue?, jsep: JanusMessage.Description? = nil,
        at now: Instant
    ) {
        // Synchronous answers of the plugin carry its errors inside a "success".
        if let code = plugin?["error_code"]?.integerValue {
            let failure = JanusFailure(
                code: Int(clamping: code), reason: plugin?["error"]?.stringValue ?? "no reason given")
            return failed(purpose, failure, at: now)
        }
        switch purpose {
        case .createSession, .attachPublisher, .attachSubscriber, .createRoom, .join, .checkSecret, .publish, .claim,
            .census:
            advance(purpose, id: id, plugin: plugin, jsep: jsep, at: now)
        case .command(let id): commandSucceeded(id)
        case .leave:
            guard phase == .leaving else { return }
            request(.destroySession, "destroy", at: now)
        case .destroySession: finish(.left)
        case .subscribe, .start, .restart, .keepalive, .housekeeping, .detach: break
        }
    }

    mutating func timedOut(_ purpose: Transactions.Purpose, at now: Instant) {
        switch purpose {
        case .command(let id): commandFailed(id, .timeout)
        case .housekeeping, .detach: break
        case .census:
            census.closed()
            if census.count < Census.limit { census.again(at: now) }
        case .restart: subscriberBroke("Janus did not answer \(purpose.word)", detach: true, at: now)
        case .keepalive: fail(.unreachable, "Janus stopped answering")
        case .leave, .destroySession: finish(.left)
        case .createSession, .attachPublisher, .attachSubscriber, .createRoom, .join, .checkSecret, .publish,
            .subscribe, .start, .claim:
            fail(
                phase == .joined ? .unreachable : .timeout,
                "Janus did not answer \(purpose.word) in \(requestTimeout)")
        }
    }

    mutating func failed(_ purpose: Transactions.Purpose, _ failure: JanusFailure, at now: Instant) {
        // The session is unknown to the server: it was restarted or gave us up.
        if failure.code == 458, phase != .leaving { return fail(.unreachable, "\(failure)") }
        switch purpose {
        case .createSession, .attachPublisher: fail(failure.meaning(in: .session), "\(failure)")
        case .createRoom, .join:
            if failure.wantsOtherKindOfID, case .number = roomID {
                roomID = roomID.asText
                purpose == .join ? join(at: now) : createRoom(at: now)
            } else {
                fail(failure.meaning(in: purpose == .join ? .join : .createRoom), "\(failure)")
            }
        case .checkSecret:
            emit(.note("the room's secret was not accepted, so the room is no host here: \(failure)"))
            isHostKnown = true
            isSecretRefused = failure.code == 433
            settle(at: now)
        case .publish: publishFailed(failure, at: now)
        case .attachSubscriber: subscriberBroke("\(failure)", detach: false, at: now)
        case .subscribe(let keys):
            emit(.note("subscribing failed: \(failure)"))
            subscription.failed(keys)
            subscribe(at: now)
        case .start, .restart: subscriberBroke("\(failure)", detach: true, at: now)
        case .command(let id): commandFailed(id, failure.meaning(in: isHost ? .hostCommand : .command))
        case .claim: fail(.unreachable, "\(failure)")
        case .census:
            census.closed()
            // 426: the room was destroyed while nothing reached us.
            failure.code == 426 ? finish(.ended) : emit(.note("\(failure)"))
        case .keepalive, .detach: emit(.note("\(failure)"))
        case .housekeeping:
            // A lift may have been among them: the next word about its stream tries it again.
            lifting = []
            emit(.note("\(failure)"))
        case .leave: request(.destroySession, "destroy", at: now)
        case .destroySession: finish(.left)
        }
    }
}

extension Transactions.Purpose {
    /// For the log.
    var word: String {
        switch self {
        case .createSession: "\"create\""
        case .attachPublisher, .attachSubscriber: "\"attach\""
        case .createRoom: "the making of the room"
        case .join: "\"join\""
        case .checkSecret: "the check of the room's secret"
        case .publish: "\"publish\""
        case .subscribe: "\"subscribe\""
        case .start: "\"start\""
        case .restart: "the restart of ICE"
        case .claim: "\"claim\""
        case .census: "\"listparticipants\""
        case .command: "a command"
        case .housekeeping: "a candidate"
        case .detach: "\"detach\""
        case .keepalive: "\"keepalive\""
        case .leave: "\"leave\""
        case .destroySession: "\"destroy\""
        }
    }
}
