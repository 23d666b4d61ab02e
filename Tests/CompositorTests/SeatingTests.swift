import Base
import Compositor
import Testing

@Suite struct SeatingTests {
    private func ids(_ names: String...) -> [PictureID] { names.map { .camera($0) } }

    @Test func newcomersSitAtTheEnd() {
        var seating = Seating()
        seating.update(present: ids("a", "b"))
        seating.update(present: ids("c", "b", "a"))
        #expect(seating.seats == ids("a", "b", "c"))
    }

    @Test func theLastMovesIntoTheGapAndNobodyElseMoves() {
        var seating = Seating()
        seating.update(present: ids("a", "b", "c", "d", "e"))
        seating.update(present: ids("a", "c", "d", "e"))
        #expect(seating.seats == ids("a", "e", "c", "d"))
    }

    @Test func whoIsPromotedChangesPlacesWithTheFormer() {
        var seating = Seating()
        seating.update(present: ids("a", "b", "c"))
        seating.promote(.camera("c"))
        #expect(seating.seats == ids("c", "b", "a"))
        seating.promote(.camera("gone"))
        #expect(seating.seats == ids("c", "b", "a"))
    }

    @Test(arguments: 0..<20)
    func comingAndGoingMovesNoMoreThanThereAreGaps(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var seating = Seating()
        var present: [PictureID] = []
        var next = 0
        for _ in 0..<300 {
            let before = seating.seats
            var gone = 0
            for _ in 0..<Int.random(in: 0...3, using: &random) where !present.isEmpty {
                present.remove(at: Int.random(in: present.indices, using: &random))
                gone += 1
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) where present.count < 49 {
                present.append(.camera("\(next)"))
                next += 1
            }
            seating.update(present: present)
            #expect(Set(seating.seats) == Set(present) && seating.seats.count == present.count, "seed \(seed)")
            let moved = before.enumerated().filter { index, id in
                seating.seats.firstIndex(of: id).map { $0 != index } ?? false
            }
            #expect(moved.count <= gone, "seed \(seed): \(moved.count) people moved for \(gone) gaps")
        }
    }
}
