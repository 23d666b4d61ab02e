import Base
import Testing

@Suite struct EditDistanceTests {
    @Test func exchangedNeighboursAreOneMistake() {
        #expect(EditDistance.between("nmae", "name") == 1)
        #expect(EditDistance.between("", "abc") == 3)
        #expect(EditDistance.between("abc", "") == 3)
        #expect(EditDistance.between("kitten", "sitting") == 3)
        #expect(EditDistance.between("same", "same") == 0)
    }

    @Test func onlyWhatReadsAlikeIsSuggested() {
        #expect(EditDistance.nearest(to: "volum", among: ["muted", "volume"]) == "volume")
        #expect(EditDistance.nearest(to: "xyz", among: ["muted", "volume"]) == nil)
        #expect(EditDistance.nearest(to: "x", among: []) == nil)
    }
}
