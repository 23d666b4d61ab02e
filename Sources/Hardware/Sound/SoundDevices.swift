public import Media

/// Opens sound cards by the specifications of the configuration: `auto`, or `alsa:NAME` with any name that libasound
/// knows (`alsa:hw:CARD=Jabra,DEV=0`, `alsa:plughw:1`, `alsa:default`).
public enum SoundDevices {
    /// A speaker that is opened now and whenever the card is there, on a thread of its own. `speaker.problem` says why it is
    /// not open.
    public static func speaker(
        _ specification: String, channels: ChannelChoice = .all,
        observer: @escaping @Sendable (SoundEvent) -> Void = { _ in }
    ) throws(DeviceError) -> ReopeningSpeaker {
        try check(specification, kind: .speaker)
        return try ReopeningSpeaker(device: placeholder(specification, kind: .speaker), observer: observer) {
            counters throws(DeviceError) in
            let found = try find(specification, kind: .speaker)
            return try ALSASpeaker(
                pcm: SystemPCM(name: found.name, isCapture: false), name: found.name, device: found.device,
                channels: channels, counters: counters)
        }
    }

    /// The same for a microphone.
    public static func microphone(
        _ specification: String, channels: ChannelChoice = .all,
        observer: @escaping @Sendable (SoundEvent) -> Void = { _ in }
    ) throws(DeviceError) -> ReopeningMicrophone {
        try check(specification, kind: .microphone)
        return try ReopeningMicrophone(device: placeholder(specification, kind: .microphone), observer: observer) {
            counters throws(DeviceError) in
            let found = try find(specification, kind: .microphone)
            return try ALSAMicrophone(
                pcm: SystemPCM(name: found.name, isCapture: true), name: found.name, device: found.device,
                channels: channels, counters: counters)
        }
    }

    static func check(_ specification: String, kind: DeviceKind) throws(DeviceError) {
        guard specification == "auto" || specification.hasPrefix("alsa:") && specification.utf8.count > 5 else {
            throw DeviceError(
                .unknown,
                "expected a \(kind.rawValue) such as auto or alsa:hw:CARD=PCH,DEV=0, but it is “\(specification)”")
        }
    }

    private static func placeholder(_ specification: String, kind: DeviceKind) -> DeviceDescription {
        DeviceDescription(id: specification, kind: kind, name: specification, bus: "platform")
    }

    /// The card as it is now. A name that the list of cards does not have may still be one of libasound's configuration.
    static func find(
        _ specification: String, kind: DeviceKind, inventory: HardwareInventory? = nil
    ) throws(DeviceError) -> (name: String, device: DeviceDescription) {
        let inventory = inventory ?? SoundScan.run()
        do {
            let device = try inventory.device(for: specification, kind: kind).description
            let named = specification == "auto" ? device.id : specification
            return (String(named.dropFirst("alsa:".count)), device)
        } catch {
            guard specification != "auto" else { throw DeviceError(.lost, error.message + "; connect one") }
            return (String(specification.dropFirst("alsa:".count)), placeholder(specification, kind: kind))
        }
    }
}
