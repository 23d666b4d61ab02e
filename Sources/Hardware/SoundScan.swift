import CALSA
import Media

/// Microphones and loudspeakers: the PCMs of every sound card.
enum SoundScan {
    static func run() -> HardwareInventory {
        var devices: [HardwareDevice] = []
        var problems: [DeviceError] = []
        var nodes: [DeviceNode] = []
        do { nodes = try DeviceTree().nodes(subsystem: "sound") } catch { problems.append(error) }
        var number: Int32 = -1
        while true {
            let result = snd_card_next(&number)
            if result < 0 { problems.append(systemError(result, "the list of sound cards", expected: "readable")) }
            guard result >= 0, number >= 0 else { break }
            do {
                let card = try SoundCard(number: number)
                let bus = nodes.first { $0.name == "card\(number)" }?.bus ?? "platform"
                for pcm in card.pcms(problems: &problems) {
                    devices.append(
                        device(pcm, cardID: card.id, cardName: card.name, cardNumber: Int(number), bus: bus))
                }
            } catch {
                problems.append(error)
            }
        }
        return HardwareInventory(devices: devices, problems: problems)
    }

    static func device(
        _ pcm: SoundCard.PCM, cardID: String, cardName: String, cardNumber: Int, bus: String
    ) -> HardwareDevice {
        let (card, name) = (cardName.trimmed, pcm.name.trimmed)
        // Drivers often repeat the card's name as the PCM's.
        let title = [card, name].filter { !$0.isEmpty }.joined(separator: ": ")
        let description = DeviceDescription(
            id: "alsa:hw:CARD=\(cardID),DEV=\(pcm.device)", kind: pcm.isCapture ? .microphone : .speaker,
            name: name.isEmpty || name == card ? (card.isEmpty ? cardID : card) : title, bus: bus)
        var names = ["alsa:hw:\(cardNumber),\(pcm.device)", "alsa:hw:\(cardID),\(pcm.device)"]
        if pcm.device == 0 {
            names += ["alsa:hw:\(cardNumber)", "alsa:hw:\(cardID)", "alsa:hw:CARD=\(cardID)"]
        }
        let plugged = [description.id] + names
        names += plugged.map { "alsa:plug" + $0.dropFirst("alsa:".count) }
        return HardwareDevice(description: description, aliases: names)
    }
}
