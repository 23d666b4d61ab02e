/// What a card says about one of its planes.
struct KMSPlane: Hashable {
    var id: UInt32
    /// One bit each in the order of the card's list of CRTCs.
    var possibleCRTCs: UInt32
    var showsXRGB: Bool
}
