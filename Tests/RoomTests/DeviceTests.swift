import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

@Suite struct DeviceTests {
    private func inMeeting(_ settings: RoomSettings = .test(), _ report: JoinReport = .test()) -> RoomDriver {
        var driver = RoomDriver(settings)
        driver.command(.join())
        driver.tell(.participantJoined(guest()))
        driver.forget()
        return driver
    }

    @Test func microphoneIsDoneWhenTheDeviceSaysSo() {
        var driver = inMeeting()
        driver.devicesObey = false
        let id = driver.command(.setMicrophone(enabled: true))
        #expect(driver.outcome(id) == nil)
        #expect(driver.state.microphone.state == .muted, "state shows what is, not what was asked")
        driver.handle(.device(.microphone(condition: .working, isOpen: false, device: "silence", channels: 1)))
        #expect(driver.outcome(id) == nil)
        driver.handle(.device(.microphone(condition: .working, isOpen: true, device: "silence", channels: 1)))
        #expect(driver.outcome(id) == "done")
        #expect(driver.state.microphone.state == .live)
        #expect(driver.state.microphone.mutedBy == nil)
        #expect(driver.state.meeting?.participants["100"]?.microphone == .on)
        #expect(!driver.screen.isMicrophoneMuted)
    }

    @Test func settingWhatAlreadyIsIsDoneAtOnce() {
        var driver = inMeeting()
        driver.devicesObey = false
        #expect(driver.outcome(of: .setMicrophone(enabled: false)) == "done")
        #expect(driver.outcome(of: .setCamera(enabled: true)) == "done")
        #expect(driver.outcome(of: .setDisplayPower(on: true)) == "done")
        #expect(driver.outcome(of: .setSpeaker(volume: 50, muted: false)) == "done")
    }

    @Test func aDeviceThatDoesNotObeyIsLostAndOpensForNobody() {
        var driver = inMeeting()
        driver.devicesObey = false
        let ids = [
            driver.command(.setMicrophone(enabled: true)), driver.command(.setCamera(enabled: false)),
            driver.command(.setSpeaker(volume: 10, muted: nil)), driver.command(.setDisplayPower(on: false)),
        ]
        driver.forget()
        driver.advance(.milliseconds(2999))
        #expect(ids.map(driver.outcome) == [nil, nil, nil, nil])
        driver.advance(.milliseconds(1))
        #expect(ids.map(driver.outcome) == Array(repeating: "device_lost", count: 4))
        #expect(driver.log.contains { if case .setMicrophone(isOpen: false) = $0 { true } else { false } })
    }

    @Test func aVolumeIsDoneWhenTheCardHasTakenItAsNearAsItCan() {
        var driver = inMeeting()
        driver.devicesObey = false
        let id = driver.command(.setSpeaker(volume: 44, muted: nil))
        #expect(driver.outcome(id) == nil, "near is not there before anybody has tried")
        driver.handle(.device(.speaker(condition: .working, volume: 46, isMuted: false, device: "card")))
        #expect(driver.outcome(id) == "done")
    }

    @Test func theLaterOfTwoCommandsWins() {
        var driver = inMeeting()
        driver.devicesObey = false
        let first = driver.command(.setMicrophone(enabled: true))
        let second = driver.command(.setMicrophone(enabled: false))
        #expect(driver.outcome(first) == "cancelled")
        #expect(driver.outcome(second) == nil, "the device may be opening")
        driver.reportMicrophone()
        #expect(driver.outcome(second) == "done")
    }

    @Test func volumeAndMuteSetApartDoNotUndoEachOther() {
        var driver = inMeeting()
        driver.devicesObey = false
        let volume = driver.command(.setSpeaker(volume: 80, muted: nil))
        let mute = driver.command(.setSpeaker(volume: nil, muted: true))
        guard case .setSpeaker(80, true)? = driver.log.last else {
            Issue.record("\(driver.log)")
            return
        }
        driver.handle(.device(.speaker(condition: .working, volume: 80, isMuted: false, device: "file")))
        #expect([volume, mute].map(driver.outcome) == ["done", nil])
        driver.handle(.device(.speaker(condition: .working, volume: 79, isMuted: true, device: "file")))
        #expect(driver.outcome(mute) == "done")
        #expect(driver.state.speaker.volume == 79)
    }

    @Test func withoutADeviceTheAnswerSaysWhatToConfigure() {
        var driver = RoomDriver(withDevices: false)
        for command in [
            Command.setMicrophone(enabled: true), .setCamera(enabled: false), .setSpeaker(volume: 1, muted: nil),
        ] {
            let id = driver.command(command)
            #expect(driver.outcome(id) == "device_lost")
            #expect(driver.message(id)?.contains("configured") == true)
        }
        #expect(driver.outcome(of: .setDisplayPower(on: true)) == "device_lost")
    }

    @Test func aLostDeviceIsAProblemUntilItReturns() {
        var driver = inMeeting()
        driver.command(.setMicrophone(enabled: true))
        driver.forget()
        driver.reportMicrophone(.lost)
        #expect(driver.state.microphone.state == .lost)
        #expect(driver.state.health.status == .degraded)
        #expect(driver.state.health.problems.map(\.code) == ["microphone.lost"])
        #expect(driver.events.contains { $0.name == .healthChanged })
        #expect(driver.screen.message?.title == "The microphone is disconnected. Check its cable.")
        #expect(driver.state.meeting?.participants["100"]?.microphone == .off)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "device_lost")
        driver.reportMicrophone()
        #expect(driver.state.health.status == .ok)
        #expect(driver.screen.message == nil)
        #expect(driver.state.microphone.state == .live, "a device that returns goes on where it stopped")
    }

    @Test func betweenMeetingsTheMicrophoneIsMutedAndTheCameraClosed() {
        var driver = inMeeting()
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done")
        driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.state.microphone.state == .muted)
        #expect(!driver.state.microphone.enabled)
        #expect(driver.state.camera.state == .off)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done")
        #expect(driver.state.microphone.enabled)
        #expect(driver.state.microphone.state == .muted, "nothing leaves the room between meetings")
    }

    // MARK: - How the room enters

    @Test func theParametersOfAJoinBeatTheConfiguration() {
        for (configured, asked) in [(true, false), (false, true)] {
            var driver = RoomDriver(.test(microphone: configured))
            driver.command(.join(microphone: asked, camera: false))
            #expect(driver.state.microphone.state == (asked ? .live : .muted))
            #expect(driver.state.camera.state == .off)
        }
    }

    @Test func aMuteWhileJoiningWinsOverTheConfiguration() {
        var driver = RoomDriver(.test(microphone: true))
        driver.obeys = false
        driver.command(.join())
        #expect(driver.outcome(of: .setMicrophone(enabled: false)) == "done")
        #expect(driver.outcome(of: .setCamera(enabled: false)) == "done")
        driver.joined()
        #expect(driver.state.microphone.state == .muted)
        #expect(driver.state.camera.state == .off)
        #expect(!driver.log.contains { if case .setMicrophone(isOpen: true) = $0 { true } else { false } })
    }

    @Test func anOpenMicrophoneIsClosedBeforeAMeetingIsEnteredMuted() {
        var driver = RoomDriver()
        driver.command(.setMicrophone(enabled: true))
        driver.forget()
        driver.command(.join(microphone: false))
        guard case .setMicrophone(isOpen: false)? = driver.log.first else {
            Issue.record("\(driver.log)")
            return
        }
        #expect(driver.state.microphone.state == .muted)
    }

    // MARK: - The host

    @Test func theHostsMuteHoldsUntilTheRoomItselfOpens() {
        var driver = inMeeting(.test(microphone: true))
        #expect(driver.state.microphone.state == .live)
        driver.tell(.moderated(.audio, blocked: true))
        #expect(driver.state.microphone.state == .muted)
        #expect(driver.state.microphone.mutedBy == .host)
        #expect(driver.state.meeting?.participants["100"]?.microphone == .blocked)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "not_permitted")
        #expect(driver.state.microphone.state == .muted)

        driver.tell(.moderated(.audio, blocked: false))
        driver.tell(.reconnecting)
        driver.tell(.reconnected)
        driver.advance(.seconds(60))
        #expect(driver.state.microphone.state == .muted, "nobody opens the room's microphone from outside")
        #expect(driver.state.microphone.mutedBy == .host)
        #expect(driver.state.meeting?.participants["100"]?.microphone == .off)

        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done")
        #expect(driver.state.microphone.state == .live)
        #expect(driver.outcome(of: .setMicrophone(enabled: false)) == "done")
        #expect(driver.state.microphone.mutedBy == .`self`)
    }

    @Test func theHostsMuteDoesNotOutliveTheMeeting() {
        var driver = inMeeting(.test(microphone: true))
        driver.tell(.moderated(.audio, blocked: true))
        driver.tell(.moderated(.video, blocked: true))
        #expect(driver.state.camera.state == .off)
        #expect(driver.outcome(of: .setCamera(enabled: true)) == "not_permitted")
        driver.command(.leaveMeeting(transferTo: nil))
        #expect(driver.state.microphone.mutedBy == .`self`)
        driver.command(.join())
        #expect(driver.state.microphone.state == .live)
        #expect(driver.state.camera.state == .live)
    }

    @Test func whoIsOpeningTheMicrophoneWhenTheHostMutesIsTold() {
        var driver = inMeeting()
        driver.devicesObey = false
        let id = driver.command(.setMicrophone(enabled: true))
        driver.tell(.moderated(.audio, blocked: true))
        #expect(driver.outcome(id) == "not_permitted")
    }

    @Test func aCameraThatIsUnpluggedInAMeetingIsLostAndLiveAgainByItself() {
        var driver = inMeeting()
        #expect(driver.state.camera.state == .live)
        driver.reportCamera(.lost)
        #expect(driver.state.camera.state == .lost && driver.state.camera.enabled)
        #expect(driver.state.health.problems.map(\.code) == ["camera.lost"])
        #expect(driver.state.meeting?.participants["100"]?.camera == .off)
        #expect(driver.screen.message?.title.contains("camera is disconnected") == true)
        #expect(driver.state.meeting?.state == .joined)
        driver.reportCamera(.working)
        #expect(driver.state.camera.state == .live)
        #expect(driver.state.health.problems.isEmpty && driver.screen.message == nil)
        #expect(driver.state.meeting?.participants["100"]?.camera == .on)
    }

    @Test func aCameraThatComesInAMeetingIsOpenAsTheRoomEntered() {
        var driver = RoomDriver(withDevices: false)
        driver.devicesObey = false
        driver.handle(.problem(code: "camera.unavailable", text: "no camera was found"))
        driver.command(.join())
        #expect(driver.state.camera.state == .off && driver.screen.isCameraBroken)
        driver.handle(.device(.camera(condition: .working, isOpen: true, device: "c", format: nil)))
        driver.handle(.problem(code: "camera.unavailable", text: nil))
        #expect(driver.state.camera.state == .live && !driver.screen.isCameraBroken)
    }

    // MARK: - The display's sleep

    private func powers(_ driver: RoomDriver) -> [Bool] {
        driver.log.compactMap { if case .setDisplayPower(let isOn) = $0 { isOn } else { nil } }
    }

    private func idleRoom() -> RoomDriver {
        var settings = RoomSettings.test()
        settings.displayStandby = .seconds(600)
        return RoomDriver(settings)
    }

    @Test func anIdleRoomsDisplayGoesToStandbyAndAnythingWakesIt() {
        var driver = idleRoom()
        driver.advance(.seconds(599))
        driver.command(.listDevices(nil))
        #expect(driver.state.display.state == .on)
        driver.advance(.seconds(1))
        #expect(driver.state.display.state == .standby, "who only looks does not keep it awake")
        driver.command(.setSpeaker(volume: 20, muted: nil))
        #expect(driver.state.display.state == .on)
        driver.advance(.seconds(600))
        #expect(driver.state.display.state == .standby)
        driver.handle(.activity)
        #expect(driver.state.display.state == .on)
        #expect(powers(driver) == [false, true, false, true])
    }

    @Test func aMeetingKeepsTheDisplayOnAndItsEndCountsAsActivity() {
        var driver = idleRoom()
        driver.command(.join())
        driver.advance(.seconds(7200))
        #expect(driver.state.display.state == .on)
        driver.command(.leaveMeeting(transferTo: nil))
        driver.advance(.seconds(599))
        #expect(driver.state.display.state == .on)
        driver.advance(.seconds(1))
        #expect(driver.state.display.state == .standby)
    }

    @Test func aDisplayPutToStandbyByHandIsWokenByTheCountdownOnly() {
        var driver = RoomDriver()
        driver.calendar(event("a", "08:30", "09:00"))
        #expect(driver.outcome(of: .setDisplayPower(on: false)) == "done")
        driver.command(.setSpeaker(volume: 20, muted: nil))
        driver.handle(.activity)
        #expect(driver.state.display.state == .standby)
        driver.forget()
        driver.advance(to: "08:29:30")
        #expect(driver.state.display.state == .on)
        #expect(powers(driver).first == true)
    }

    @Test func withoutASettingTheDisplayStaysOn() {
        var driver = RoomDriver()
        driver.advance(.seconds(86_400))
        #expect(driver.state.display.state == .on && powers(driver).isEmpty)
    }

    // MARK: - Inventory and levels

    @Test func aSoundCardThatIsTwoDevicesOfOneNameIsNoNews() {
        var driver = RoomDriver()
        let devices = [ControlAPI.DeviceKind.microphone, .speaker].map { kind in
            DeviceDescription(id: "card", kind: kind, name: "Card", bus: "usb", state: .active, selected: true)
        }
        driver.handle(.inventory(devices))
        driver.handle(.inventory(devices))
        #expect(driver.story == ["device.added", "device.added"])
        driver.handle(.inventory([devices[0]]))
        #expect(driver.story.last == "device.removed")
    }

    @Test func selectingAndConfiguringAreAnsweredByTheShellBehindItsNews() {
        var driver = RoomDriver()
        let ids = [
            driver.command(.selectDevice(.camera, id: "c")),
            driver.command(.configureDevice(id: "c", controls: ["zoom": 2])),
        ]
        #expect(ids.map(driver.outcome) == [nil, nil])
        for id in ids { driver.handle(.devicesSet(CommandID(id), .success(DeviceChoices()))) }
        #expect(ids.map(driver.outcome) == ["done", "done"])
        #expect(
            driver.log.contains {
                if case .configureDevice(_, "c", ["zoom": 2]) = $0 { true } else { false }
            })
    }

    @Test func whatIsChosenIsRememberedBeforeItIsAnsweredAndNotForgottenForSomethingElse() {
        let chosen = DeviceChoices(
            camera: .init(id: "/dev/v4l/by-id/b", insteadOf: "auto"), controls: ["/dev/v4l/by-id/b": ["zoom": 250]])
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.forget()
        let id = driver.command(.selectDevice(.camera, id: "/dev/v4l/by-id/b"))
        driver.handle(.devicesSet(CommandID(id), .success(chosen)))
        func remembered(_ driver: RoomDriver) -> [RoomMemory] {
            driver.log.compactMap { if case .remember(let memory) = $0 { memory } else { nil } }
        }
        #expect(remembered(driver).map(\.devices) == [chosen])
        let order = driver.log.compactMap { effect -> String? in
            switch effect {
            case .remember: "remember"
            case .answer: "answer"
            default: nil
            }
        }
        #expect(order == ["remember", "answer"])
        // A later life dismisses a meeting, and still knows the camera.
        var next = RoomDriver(memory: remembered(driver)[0])
        next.calendar(event("a", "09:00", "09:30"))
        next.forget()
        next.command(.dismissEvent(id: "a"))
        #expect(remembered(next).map(\.devices) == [chosen] && remembered(next)[0].planner.entries.count == 1)
        // A refusal changes nothing.
        next.forget()
        let refused = next.command(.selectDevice(.camera, id: "c"))
        next.handle(.devicesSet(CommandID(refused), .failure(RPCError(.deviceLost, "It is gone."))))
        #expect(remembered(next).isEmpty && next.outcome(refused) != "done")
    }

    @Test func devicesThatComeChangeAndGoAreAnnounced() {
        var driver = RoomDriver()
        var camera = DeviceDescription(
            id: "c", kind: .camera, name: "Cam", bus: "usb", state: .ready, selected: true)
        let speaker = DeviceDescription(
            id: "s", kind: .speaker, name: "Bar", bus: "usb", state: .active, selected: true)
        driver.handle(.inventory([camera, speaker]))
        driver.handle(.inventory([camera, speaker]))
        camera.state = .active
        driver.handle(.inventory([camera]))
        #expect(driver.story == ["device.added", "device.added", "device.changed", "device.removed"])
        let id = driver.command(.listDevices(.camera))
        #expect(driver.result(id)?["devices"]?.arrayValue?.count == 1)
    }

    @Test func levelsStayWithinTheContract() {
        var driver = RoomDriver()
        driver.handle(.levels(microphone: -.infinity, speaker: .nan))
        #expect(driver.state.microphone.level == -127 && driver.state.speaker.level == -127)
        driver.handle(.levels(microphone: -20.3, speaker: 4))
        #expect(driver.state.microphone.level == -20.5 && driver.state.speaker.level == 0)
    }

    @Test func videoSettingsThatAreNotCarriedOutAreRefused() {
        var driver = RoomDriver()
        var applied: [Command.VideoSettings] {
            driver.log.compactMap { if case .configureVideo(let settings) = $0 { settings } else { nil } }
        }
        for change in [
            { (settings: inout Command.VideoSettings) in settings.minBitrate = 100_000 },
            { $0.preference = .framerate }, { $0.preference = .balance },
        ] {
            var settings = Command.VideoSettings()
            settings.width = 640
            change(&settings)
            let id = driver.command(.configureVideo(settings))
            #expect(driver.outcome(id) == "unsupported_by_service", "\(settings)")
        }
        #expect(applied.isEmpty)
        var settings = Command.VideoSettings()
        settings.maxBitrate = 900_000
        settings.layers = [.init(width: 640, height: 360, maxBitrate: 500_000)]
        #expect(driver.outcome(of: .configureVideo(settings)) == "done")
        #expect(applied.last?.maxBitrate == 500_000, "the one layer's limit is the picture's")
        settings.maxBitrate = 0
        #expect(driver.outcome(of: .configureVideo(settings)) == "done")
        #expect(applied.last?.maxBitrate == 0)
        settings.maxBitrate = nil
        #expect(driver.outcome(of: .configureVideo(settings)) == "done")
        #expect(applied.last?.maxBitrate == 500_000)
    }

    @Test func withoutCameraOrDisplayNothingIsConfiguredOrShown() {
        var driver = RoomDriver(withDevices: false)
        #expect(driver.outcome(of: .configureVideo(Command.VideoSettings())) == "device_lost")
        #expect(driver.outcome(of: .showMessage("Hello", for: .seconds(10))) == "device_lost")
        #expect(driver.outcome(of: .showMessage("", for: .seconds(10))) == "done", "nothing is shown: that is so")
    }

    /// “None is configured” would contradict what stands in the configuration.
    @Test func aConfiguredDeviceThatCouldNotBeOpenedHasItsOwnReason() {
        var driver = RoomDriver(withDevices: false)
        driver.handle(.device(.display(.lost, device: nil, mode: nil)))
        let kinds: [(String, Command)] = [
            ("camera", .setCamera(enabled: true)), ("microphone", .setMicrophone(enabled: true)),
            ("speaker", .setSpeaker(volume: 10, muted: nil)), ("display", .showMessage("Hello", for: .seconds(1))),
            ("display", .setDisplayPower(on: true)),
        ]
        for (kind, command) in kinds {
            driver.handle(.problem(code: "\(kind).unavailable", text: "no \(kind) was found; set [devices] \(kind)"))
            let id = driver.command(command)
            #expect(driver.outcome(id) == "device_lost")
            #expect(driver.message(id)?.contains("no \(kind) was found; set [devices] \(kind)") == true)
            #expect(driver.message(id)?.contains("connect one") == false)
        }
    }
}
