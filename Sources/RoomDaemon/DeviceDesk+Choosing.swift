import Base
import ControlAPI
import Hardware
import Logging
import Media
import Room

/// Selecting and configuring, on the desk's thread, and keeping to what was chosen.
extension DeviceDesk {
    func select(
        _ kind: ControlAPI.DeviceKind, _ id: String, _ known: inout Known,
        _ tell: ([ControlAPI.DeviceDescription]) -> Void
    ) -> Result<DeviceChoices, RPCError> {
        list(&known, tell)
        if find(kind, id, known) == nil {
            look(&known)
            list(&known, tell)
        }
        guard let device = find(kind, id, known) else {
            let text = "There is no \(kind.rawValue) “\(id)”; devices.list names those that there are."
            return .failure(RPCError(.unknownDevice, text))
        }
        guard kind == .camera else {
            if device.selected { return .success(known.choices) }
            let text =
                "This version changes the camera only while it runs: name “\(id)” in [devices] \(kind.rawValue) and "
                + "restart roomd."
            return .failure(RPCError(.unsupportedByService, text))
        }
        guard let feed = devices.camera, let camera = feed.camera as? any SelectableCamera else {
            if device.selected { return .success(known.choices) }
            let text =
                "The room was started without a camera of the machine: name “\(id)” in [devices] camera and restart "
                + "roomd."
            return .failure(RPCError(.unsupportedByService, text))
        }
        use(id, camera, feed)
        // What is so already is done, also when it is lost just now.
        let isThere =
            device.selected
            || feed.awaitStatus(until: MonotonicClock.now + patience) {
                $0.device == id && camera.problem == nil
            }
        defer { list(&known, tell) }
        if isThere {
            known.asked = id
            known.choices.camera =
                id == configuredCamera ? nil : DeviceChoices.Camera(id: id, insteadOf: configuredCamera)
            return .success(known.choices)
        }
        let problem = camera.problem
        use(known.asked, camera, feed)
        return .failure(
            RPCError(
                problem?.reason == .busy ? .deviceBusy : .deviceLost,
                "“\(id)” cannot be used, so the camera stays as it was: \(problem?.message ?? "it delivers nothing")."))
    }

    /// The camera that was chosen is used whenever it is on the machine; while it is not, the configured one stands in.
    func keepToChoice(_ known: inout Known) {
        guard let feed = devices.camera, let camera = feed.camera as? any SelectableCamera,
            let chosen = known.choices.camera?.id
        else { return }
        // One that delivers is there, whatever was found.
        let isThere =
            known.present.contains { $0.id == chosen } || known.asked == chosen && camera.problem == nil
        let wanted = isThere ? chosen : configuredCamera
        guard wanted != known.asked else { return }
        logger.notice(
            isThere ? "the chosen camera is there again" : "the chosen camera is not there: another stands in",
            metadata: ["chosen": "\(chosen)", "used": "\(wanted)"])
        known.asked = wanted
        use(wanted, camera, feed)
    }

    private func use(_ id: String, _ camera: any SelectableCamera, _ feed: CameraFeed) {
        feed.expectChange()
        camera.select(id)
    }

    /// An HDMI input may serve as the camera.
    private func find(
        _ kind: ControlAPI.DeviceKind, _ id: String, _ known: Known
    ) -> ControlAPI.DeviceDescription? {
        known.told?.first { $0.id == id && ($0.kind == kind || kind == .camera && $0.kind == .content) }
    }

    // MARK: - Configuring

    func configure(
        _ id: String, _ controls: [String: Int], _ known: inout Known,
        _ tell: ([ControlAPI.DeviceDescription]) -> Void
    ) -> Result<DeviceChoices, RPCError> {
        list(&known, tell)
        guard let camera = devices.camera?.camera as? any SelectableCamera, camera.device.id == id else {
            guard let device = known.told?.first(where: { $0.id == id }) else {
                let text = "There is no device “\(id)”; devices.list names those that there are."
                return .failure(RPCError(.unknownDevice, text))
            }
            let text =
                "“\(device.name)” has no controls here: this version sets those of the machine's camera that is in use."
            return .failure(RPCError(.unsupportedByService, text))
        }
        do throws(DeviceError) {
            try camera.set(controls)
            known.choices.controls[id, default: [:]].merge(controls) { _, new in new }
            list(&known, tell)
            return .success(known.choices)
        } catch {
            switch error.reason {
            case .unknown: return .failure(.invalidParameter("controls", "controls: \(error.message)."))
            case .busy: return .failure(RPCError(.deviceBusy, error.message))
            case .lost, .failed: return .failure(RPCError(.deviceLost, error.message))
            }
        }
    }
}
