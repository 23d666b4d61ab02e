/// A card's connectors and CRTCs; a connector's and a plane's possible CRTCs count by their order here.
struct KMSObjects: Hashable {
    var connectors: [UInt32]
    var crtcs: [UInt32]
}
