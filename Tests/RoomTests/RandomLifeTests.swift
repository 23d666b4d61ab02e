import Testing

@Suite struct RandomLifeTests {
    /// Every command is answered exactly once, the state always fits its schema, no secret gets out, nobody opens the
    /// microphone by itself, events make sense, and the end comes once, whatever happens in whatever order.
    @Test(arguments: 0..<40)
    func keepsItsPromisesWhateverHappens(seed: Int) {
        var life = RandomLife(seed: UInt64(seed))
        life.run(steps: 150)
        #expect(life.violations.isEmpty, "seed \(seed): \(life.violations.prefix(3))\n\(life.story)")
    }

    @Test func reachesMeetings() {
        var joins = 0
        for seed in 0..<4 {
            var life = RandomLife(seed: UInt64(seed))
            life.run(steps: 200)
            joins += life.joins
        }
        #expect(joins > 15, "the random lives are too dull: \(joins) joins")
    }
}
