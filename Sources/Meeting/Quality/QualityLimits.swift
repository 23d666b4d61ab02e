/// From where on something measured is no longer excellent, and from where on it is poor.
struct QualityLimits: Hashable, Sendable {
    var good: Double
    var poor: Double

    /// What was worse has to get better by so much, so that a value beside a limit does not go to and fro.
    static let relief = 0.7

    /// The share of sound that is not heard as it was made. By the E-model (ITU-T G.107; G.113 appendix I for a codec with
    /// concealment, Bpl = 25.1) 1 % takes the rating below 90, "very satisfied" (G.109), and 5 % below 80, "satisfied".
    static let concealed = QualityLimits(good: 0.01, poor: 0.05)
    /// Seconds in ten without the picture that was due.
    static let frozen = QualityLimits(good: 0.001, poor: 1.001)
    /// Of our own packets, before repair: where congestion control based on loss ceases to grow, and where it gives way
    /// (draft-ietf-rmcat-gcc-02 §6).
    static let sent = QualityLimits(good: 0.02, poor: 0.1)
    /// Seconds there and back: twice the 150 ms up to which ITU-T G.114 finds a conversation hardly affected, and twice that.
    static let roundTrip = QualityLimits(good: 0.3, poor: 0.6)

    /// - Parameter told: what was told last.
    func quality(_ value: Double, told: Quality) -> Quality {
        if value >= poor * (told >= .poor ? Self.relief : 1) { return .poor }
        return value >= good * (told >= .good ? Self.relief : 1) ? .good : .excellent
    }
}
