/// Where the two stages of echo cancellation look for the echo: from what the devices tell of the delay at first, then
/// from where the linear filter has found it. What devices tell may be wrong by 100 ms: a television behind HDMI takes
/// its time and does not say so.
///
/// All in milliseconds.
struct EchoAlignment {
    /// Other told delays are other devices.
    private static let change = 60
    /// The filter begins so much before the told delay, when that is longer than its length could do without.
    private static let caution = 110
    /// What of the filter's window may go by before the echo begins, and what is left of it when it is moved.
    private static let largestLead = 60
    private static let lead = 20
    /// The second stage's window begins so much before the told delay, and before the one that was found. It reaches 128 ms.
    private static let guess = 50
    private static let margin = 10
    private static let reach = 60
    /// The echo's beginning must stand out of the filter by so much, and stay within so many milliseconds three times.
    static let clearness: Float = 8
    private static let steadiness = 3

    /// By how much the first stage's far end is held back.
    private(set) var filterOffset = 0
    /// The delay for which the second stage is set up.
    private(set) var position = 0
    private var told: Int?
    /// The last estimates; −1 is none.
    private var recent = (-1, -1, -1)

    /// What the devices tell.
    /// - Returns: true when the filter is to begin anew, because its window has moved.
    mutating func take(told: Int) -> Bool {
        if let before = self.told, abs(before - told) <= Self.change { return false }
        self.told = told
        recent = (-1, -1, -1)
        position = max(0, told - Self.guess)
        let offset = told > Self.caution + Self.lead ? told - Self.caution : 0
        defer { filterOffset = offset }
        return offset != filterOffset
    }

    /// Where the filter finds the echo's beginning, after its own.
    /// - Returns: true when the filter is to begin anew, because its window has moved.
    mutating func take(found place: Int, clearness: Float) -> Bool {
        let delay = filterOffset + place
        recent = (recent.1, recent.2, clearness > Self.clearness ? delay : -1)
        let (least, most) = (min(recent.0, recent.1, recent.2), max(recent.0, recent.1, recent.2))
        guard least >= 0, most - least <= Self.steadiness else { return false }
        if delay < position - 2 || delay > position + Self.reach { position = max(0, delay - Self.margin) }
        guard place > Self.largestLead else { return false }
        filterOffset = delay - Self.lead
        recent = (-1, -1, -1)
        return true
    }
}
