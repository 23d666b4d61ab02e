import Janus
import Logging
import Media

// What is lost on the way to us, and what is done about it.
extension JanusService {
    private static let rhythm = Duration.seconds(1)

    /// Begins to look after what is lost. Once, when the room is in.
    func watchLoss() {
        tasks.append(
            Task { [weak self] in
                while (try? await Task.sleep(for: Self.rhythm)) != nil {
                    guard await self?.lookAtLoss() == true else { return }
                }
            })
    }

    /// - Returns: false when there is nothing to be looked after any more.
    private func lookAtLoss() async -> Bool {
        let pictures = await peers.receivedPictures
        guard !isOver else { return false }
        guard session.isJoined, let pictures else { return true }
        let before = copies.times
        copies.note(pictures, at: MonotonicClock.now)
        guard copies.times != before else { return true }
        logger.notice(
            "pictures come this often now, by what the way loses", metadata: ["times": "\(copies.times)"])
        handle(.receivePictures(times: copies.times))
        return true
    }
}
