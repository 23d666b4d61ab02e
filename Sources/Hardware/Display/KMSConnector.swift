/// What a card says about one of its connectors.
struct KMSConnector: Hashable {
    var id: UInt32
    /// `HDMI-A-1`, `DP-2`.
    var name: String
    var isConnected: Bool
    /// The CRTCs it can be fed from, one bit each in the order of the card's list.
    var possibleCRTCs: UInt32
    var modes: [KMSMode]
}
