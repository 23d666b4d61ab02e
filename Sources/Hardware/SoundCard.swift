import CALSA
import Media

/// The control interface of one sound card.
struct SoundCard: ~Copyable {
    /// One direction of a PCM.
    struct PCM: Hashable, Sendable {
        var device: Int
        var isCapture: Bool
        var name: String
    }

    private let card: UnsafeMutablePointer<calsa_card>
    let number: Int32

    init(number: Int32) throws(DeviceError) {
        calsa_silence_errors()
        var failure: Int32 = 0
        guard let card = calsa_card_open(number, &failure) else {
            throw systemError(failure, "hw:\(number)", expected: "a sound card")
        }
        self.card = card
        self.number = number
    }

    deinit { calsa_card_close(card) }

    /// The card's name in ALSA's configuration, stable over restarts: `PCH`, `Jabra`.
    var id: String { String(cString: calsa_card_id(card)) }
    /// For people.
    var name: String { String(cString: calsa_card_name(card)) }

    /// Every PCM in each direction that it has. A PCM that does not answer goes into `problems`.
    func pcms(problems: inout [DeviceError]) -> [PCM] {
        var found: [PCM] = []
        var device: Int32 = -1
        // The kernel numbers 32 PCMs a card at most (SNDRV_PCM_DEVICES); a driver that goes on for ever is stopped.
        for _ in 0..<256 {
            var failure: Int32 = 0
            device = calsa_card_next_pcm(card, device, &failure)
            if failure < 0 { problems.append(systemError(failure, "hw:\(number)", expected: "a card with PCMs")) }
            guard device >= 0 else { break }
            for isCapture in [false, true] {
                let result = calsa_card_ask_pcm(card, device, isCapture ? 1 : 0)
                if result == -ENOENT { continue }
                guard result >= 0 else {
                    problems.append(systemError(result, "hw:\(number),\(device)", expected: "a PCM"))
                    continue
                }
                found.append(
                    PCM(device: Int(device), isCapture: isCapture, name: String(cString: calsa_pcm_name(card))))
            }
        }
        return found
    }
}
