import Base
import ControlAPI
import Meeting

// Devices: a command is done when the device reports that it is so.

extension RoomController {
    // MARK: - Reports

    mutating func handle(_ report: DeviceReport, at now: RoomTime) {
        let former = devices
        devices.apply(report)
        switch report {
        case .microphone(let condition, _, _, _):
            note("microphone.lost", "The microphone is disconnected. Check its cable.", condition == .lost, at: now)
            tellLoss(
                words.microphoneLost, wasLost: former.microphone.state == .lost, isLost: condition == .lost, at: now)
            settleWishes(.microphone)
        case .camera(let condition, _, _, _):
            note("camera.lost", "The camera is disconnected. Check its cable.", condition == .lost, at: now)
            tellLoss(
                words.cameraLost, wasLost: former.camera.state == .lost, isLost: condition == .lost, at: now)
            settleWishes(.camera)
        case .speaker(let condition, _, _, _):
            note("speaker.lost", "The loudspeaker is disconnected. Check its cable.", condition == .lost, at: now)
            tellLoss(
                words.speakerLost, wasLost: former.speaker.state == .lost, isLost: condition == .lost, at: now)
            settleWishes(.speaker)
        case .display(let state, _, _):
            note("display.lost", "The display is disconnected. Check its cable.", state == .lost, at: now)
            if state == .on, former.display.state != .on { lastActivity = now.monotonic }
            settleWishes(.display)
        case .content(let content):
            note("content.lost", "The HDMI input is gone. Check its cable.", content.state == .lost, at: now)
        }
        refreshSelf()
    }

    private mutating func note(_ code: String, _ text: String, _ isSo: Bool, at now: RoomTime) {
        setProblem(code, isSo ? text : nil, at: now)
    }

    /// People in the room see at once that a device is gone, and no longer than it is.
    private mutating func tellLoss(_ text: String, wasLost: Bool, isLost: Bool, at now: RoomTime) {
        if isLost, !wasLost { show(text, "", at: now) }
        if !isLost, notice?.title == text { notice = nil }
    }

    mutating func handleInventory(_ devices: [DeviceDescription]) {
        let former = inventory
        let old = Dictionary(former.map { (DeviceName($0), $0) }) { first, _ in first }
        let new = Set(devices.map { DeviceName($0) })
        inventory = devices
        for device in devices where old[DeviceName(device)] == nil { perform(.event(.deviceAdded(device))) }
        for device in devices where old[DeviceName(device)].map({ $0 != device }) == true {
            perform(.event(.deviceChanged(device)))
        }
        for device in former where !new.contains(DeviceName(device)) { perform(.event(.deviceRemoved(device))) }
    }

    /// A sound card is a microphone and a speaker of one id.
    private struct DeviceName: Hashable {
        var kind: ControlAPI.DeviceKind
        var id: String

        init(_ device: DeviceDescription) {
            kind = device.kind
            id = device.id
        }
    }

    // MARK: - Commands

    mutating func setMicrophone(_ id: CommandID, isOpen: Bool, at now: RoomTime) {
        guard devices.microphoneCondition != .absent else {
            refuse(id, .deviceLost, absence(of: .microphone, "No microphone is configured: set devices.microphone."))
            return
        }
        guard !isOpen || !isBlocked(.audio) else {
            refuse(id, .notPermitted, "The host has muted the room. Ask the host to let it speak.")
            return
        }
        let isTaken = wish(
            id, .microphone(isOpen: isOpen), .setMicrophone(isOpen: isOpen), MeetingError.deviceLost.message, at: now)
        guard isTaken else { return }
        devices.muter = .`self`
        dropArrivalWishes(against: .microphone(isOpen: isOpen))
        // What is said while the room is joining holds for the meeting it comes into, and if it comes into none.
        changeAttempt { $0.microphone = isOpen }
        changeClosed { $0.microphone = false }
    }

    /// The microphone's own key counts as a command that nobody waits for.
    mutating func pressMicrophoneKey(isMuted: Bool, at now: RoomTime) {
        noteActivity(at: now)
        guard isMuted || !isBlocked(.audio) else {
            show(words.mutedByHost, "", at: now)
            // The card is closed again, and shows it.
            perform(.setMicrophone(isOpen: false))
            return
        }
        if isMuted {
            closeMicrophone(by: .hardware)
        } else {
            dropWishes(.cancelled, "The microphone was opened meanwhile.") { $0 == .microphone(isOpen: false) }
            dropArrivalWishes(against: .microphone(isOpen: true))
            devices.muter = .`self`
            perform(.setMicrophone(isOpen: true))
        }
        changeAttempt { $0.microphone = !isMuted }
        changeClosed { $0.microphone = false }
    }

    mutating func setCamera(_ id: CommandID, isOpen: Bool, at now: RoomTime) {
        guard devices.cameraCondition != .absent else {
            refuse(id, .deviceLost, absence(of: .camera, "No camera is configured: set devices.camera."))
            return
        }
        guard !isOpen || !isBlocked(.video) else {
            refuse(id, .notPermitted, "The host has closed the room's camera. Ask the host to let it be seen.")
            return
        }
        let isTaken = wish(
            id, .camera(isOpen: isOpen), .setCamera(isOpen: isOpen), MeetingError.deviceLost.message, at: now)
        guard isTaken else { return }
        dropArrivalWishes(against: .camera(isOpen: isOpen))
        changeAttempt { $0.camera = isOpen }
        changeClosed { $0.camera = false }
    }

    mutating func setSpeaker(_ id: CommandID, volume: Int?, isMuted: Bool?, at now: RoomTime) {
        guard devices.speaker.state != .off else {
            refuse(id, .deviceLost, absence(of: .speaker, "No loudspeaker is configured: set devices.speaker."))
            return
        }
        // What others have just asked for counts as set.
        var target = (volume: devices.speaker.volume, isMuted: devices.speaker.muted)
        for pending in wishes {
            guard case .speaker(let volume, let isMuted) = pending.wish else { continue }
            target = (volume ?? target.volume, isMuted ?? target.isMuted)
        }
        wish(
            id, .speaker(volume: volume, isMuted: isMuted),
            .setSpeaker(volume: volume ?? target.volume, isMuted: isMuted ?? target.isMuted),
            MeetingError.deviceLost.message, at: now)
    }

    /// What to say of a device that there is not: one that is configured and could not be opened has its own reason.
    func absence(of kind: ControlAPI.DeviceKind, _ unconfigured: String) -> String {
        guard let problem = problems["\(kind.rawValue).unavailable"]?.text else { return unconfigured }
        return "The configured \(kind.rawValue) is not in use: \(problem)"
    }

    private func isBlocked(_ kind: Meeting.TrackKind) -> Bool {
        guard case .inMeeting(let stay) = whereabouts else { return false }
        return stay.blocked.contains(kind)
    }

    private mutating func changeAttempt(_ change: (inout Attempt) -> Void) {
        switch whereabouts {
        case .idle, .inMeeting: break
        case .joining(var attempt):
            change(&attempt)
            whereabouts = .joining(attempt)
        case .leaving(var departure):
            guard var next = departure.next else { return }
            change(&next)
            departure.next = next
            whereabouts = .leaving(departure)
        }
    }

    private mutating func changeClosed(_ change: (inout ClosedDevices) -> Void) {
        switch whereabouts {
        case .idle, .inMeeting: break
        case .joining(var attempt):
            change(&attempt.closed)
            whereabouts = .joining(attempt)
        case .leaving(var departure):
            change(&departure.closed)
            whereabouts = .leaving(departure)
        }
    }

    // MARK: - Wishes

    /// Has a device changed, and answers when it is so.
    /// - Returns: false when the device is gone, so that nothing was done.
    @discardableResult
    mutating func wish(
        _ id: CommandID, _ wish: DeviceWish, _ effect: RoomEffect, _ gone: String, at now: RoomTime
    ) -> Bool {
        guard !wish.isHopeless(with: devices) else {
            refuse(id, .deviceLost, gone)
            return false
        }
        let wasContradicted = dropWishes(.cancelled, "A later command set it otherwise.") { $0.contradicts(wish) }
        perform(effect)
        if wish.isMet(by: devices, isExact: true), !wasContradicted {
            done(id)
        } else {
            wishes.append(PendingWish(id: id, wish: wish, deadline: now.monotonic + Patience.device))
        }
        return true
    }

    private mutating func settleWishes(_ kind: ControlAPI.DeviceKind) {
        let pending = wishes
        wishes = []
        for entry in pending {
            if entry.wish.kind != kind {
                wishes.append(entry)
            } else if entry.wish.isMet(by: devices) {
                done(entry.id)
            } else if entry.wish.isHopeless(with: devices) {
                refuse(entry.id, .deviceLost)
            } else {
                wishes.append(entry)
            }
        }
    }

    mutating func giveUpWish(_ id: CommandID) {
        guard let index = wishes.firstIndex(where: { $0.id == id }) else { return }
        let entry = wishes.remove(at: index)
        if entry.wish.isMet(by: devices) {
            done(id)
            return
        }
        // A microphone that did not open when it was asked to does not open when nobody expects it any more.
        if entry.wish == .microphone(isOpen: true) { perform(.setMicrophone(isOpen: false)) }
        refuse(id, .deviceLost, "The device did not obey within \(Int(Patience.device.inSeconds)) seconds.")
    }

    mutating func dropDisplaySleep() {
        dropWishes(.cancelled, "Something came that the display is needed for.") { $0 == .display(isOn: false) }
    }

    @discardableResult
    private mutating func dropWishes(
        _ error: MeetingError, _ sentence: String, where isVoid: (DeviceWish) -> Bool
    ) -> Bool {
        let void = wishes.filter { isVoid($0.wish) }
        wishes.removeAll { isVoid($0.wish) }
        for entry in void { refuse(entry.id, error, sentence) }
        return !void.isEmpty
    }

    // MARK: - Closing

    func isOpenOrOpening(_ kind: ControlAPI.DeviceKind) -> Bool {
        switch kind {
        case .microphone: devices.microphone.enabled || wishes.contains { $0.wish == .microphone(isOpen: true) }
        case .camera: devices.camera.enabled || wishes.contains { $0.wish == .camera(isOpen: true) }
        case .speaker, .display, .content: false
        }
    }

    mutating func closeMicrophone(by muter: RoomState.Microphone.Muter = .`self`) {
        let error = muter == .host ? MeetingError.notPermitted : .cancelled
        let sentence = muter == .host ? "The host muted the room." : "The microphone was closed meanwhile."
        dropWishes(error, sentence) { $0 == .microphone(isOpen: true) }
        devices.muter = muter
        dropArrivalWishes(against: .microphone(isOpen: false))
        perform(.setMicrophone(isOpen: false))
    }

    mutating func closeCamera() {
        dropWishes(.cancelled, "The camera was closed meanwhile.") { $0 == .camera(isOpen: true) }
        dropArrivalWishes(against: .camera(isOpen: false))
        perform(.setCamera(isOpen: false))
    }

    /// Nobody hears or sees a room that is on its way out.
    /// - Returns: what was open.
    @discardableResult
    mutating func closeOpenDevices() -> ClosedDevices {
        var closed = ClosedDevices()
        if isOpenOrOpening(.microphone) {
            closed.microphone = true
            closeMicrophone()
        }
        if isOpenOrOpening(.camera) {
            closed.camera = true
            closeCamera()
        }
        return closed
    }

    /// After a join that came to nothing microphone and camera are as people had set them; between meetings nothing leaves
    /// the room either way.
    mutating func reopen(_ closed: ClosedDevices) {
        if closed.microphone, devices.microphoneCondition != .absent { perform(.setMicrophone(isOpen: true)) }
        if closed.camera, devices.cameraCondition != .absent { perform(.setCamera(isOpen: true)) }
    }
}
