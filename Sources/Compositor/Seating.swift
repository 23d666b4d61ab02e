/// Who sits where, so that nobody jumps about while others come and go.
///
/// A newcomer takes the next free seat at the end; when somebody leaves, the person in the last seat moves into the gap
/// and nobody else moves. Deterministic: it depends only on the calls made.
public struct Seating: Hashable, Sendable {
    /// From the first seat to the last, without gaps.
    public private(set) var seats: [PictureID] = []

    public init() {}

    /// Brings the seats up to date with who is there.
    /// - Parameter present: in the order of arrival, each once; repetitions are ignored.
    public mutating func update(present: [PictureID]) {
        let there = Set(present)
        var index = 0
        while index < seats.count {
            if there.contains(seats[index]) {
                index += 1
                continue
            }
            while let last = seats.last, !there.contains(last), seats.count - 1 > index { seats.removeLast() }
            let moved = seats.removeLast()
            if index < seats.count { seats[index] = moved }
        }
        var seated = Set(seats)
        for id in present where seated.insert(id).inserted { seats.append(id) }
    }

    /// Gives somebody the first seat, the stage; the one who had it takes the seat that became free in the strip.
    public mutating func promote(_ id: PictureID) {
        guard let seat = seats.firstIndex(of: id) else { return }
        seats.swapAt(0, seat)
    }
}
