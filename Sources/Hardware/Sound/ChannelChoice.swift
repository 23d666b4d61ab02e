/// Which channels of a card are heard or played.
public enum ChannelChoice: Hashable, Sendable {
    /// Of a microphone: the mean of all. Of a speaker: the first two, which are left and right.
    case all
    /// Counted from 0. Of a microphone: the mean of these. Of a speaker: the sound goes to each of these.
    case only([Int])

    /// The fewest channels that a card must have for it.
    var least: Int {
        switch self {
        case .all: 1
        case .only(let channels): (channels.max() ?? 0) + 1
        }
    }

    /// The channels among so many.
    func channels(among count: Int, isCapture: Bool) -> [Int] {
        switch self {
        case .all: Array(0..<(isCapture ? count : min(count, 2)))
        case .only(let channels): channels.filter { $0 >= 0 && $0 < count }
        }
    }
}
