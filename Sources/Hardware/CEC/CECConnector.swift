/// The connector of a graphics card that an adapter belongs to.
struct CECConnector: Hashable {
    var card: Int
    var id: UInt32
}
