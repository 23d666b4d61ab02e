import Glibc

/// Everything on a card, read at one moment: a hot-plug event tells that something has changed, never what.
struct KMSTopology {
    /// Of the property `type` of planes.
    private static let primary: UInt64 = 1

    let connectors: [KMSConnector]
    private let connectorProperties: [KMSProperties]
    private let crtcs: [KMSProperties]
    private let planes: [(plane: KMSPlane, properties: KMSProperties)]

    /// - Parameter isProbing: asks the monitors anew.
    init(_ card: any KMSCard, isProbing: Bool) throws(KMSFailure) {
        let objects = try card.objects()
        var connectors: [KMSConnector] = []
        var connectorProperties: [KMSProperties] = []
        for id in objects.connectors {
            do {
                let connector = try card.connector(id, isProbing: isProbing)
                connectorProperties.append(try card.properties(of: id, kind: .connector))
                connectors.append(connector)
            } catch  where error.code == ENOENT {
                // Connectors of a dock come and go between two questions.
                continue
            }
        }
        var crtcs: [KMSProperties] = []
        for id in objects.crtcs { crtcs.append(try card.properties(of: id, kind: .crtc)) }
        var planes: [(plane: KMSPlane, properties: KMSProperties)] = []
        for plane in try card.planes() {
            planes.append((plane, try card.properties(of: plane.id, kind: .plane)))
        }
        self.connectors = connectors
        self.connectorProperties = connectorProperties
        self.crtcs = crtcs
        self.planes = planes
    }

    func properties(of connector: KMSConnector) -> KMSProperties? {
        connectorProperties.first { $0.object == connector.id }
    }

    /// Every way to a connector; first the one that is in use, so that a running display is not rewired.
    func routes(to connector: KMSConnector) -> [KMSRoute] {
        guard let target = properties(of: connector) else { return [] }
        let current = target.value("CRTC_ID")
        let possible = crtcs.indices.filter { $0 < 32 && connector.possibleCRTCs & (1 << UInt32($0)) != 0 }
            .sorted {
                (UInt64(crtcs[$0].object) == current ? 0 : 1, $0) < (UInt64(crtcs[$1].object) == current ? 0 : 1, $1)
            }
        return possible.flatMap { index -> [KMSRoute] in
            let crtc = crtcs[index]
            return planes.filter {
                $0.plane.showsXRGB && $0.plane.possibleCRTCs & (1 << UInt32(index)) != 0
                    && $0.properties.value("type") == Self.primary
            }
            .map(\.properties)
            .sorted { rank($0, crtc) < rank($1, crtc) }
            .map { KMSRoute(connector: target, crtc: crtc, plane: $0, others: off(but: target, crtc, $0)) }
            .filter(\.isComplete)
        }
    }

    /// The plane that the CRTC has already, then free ones.
    private func rank(_ plane: KMSProperties, _ crtc: KMSProperties) -> Int {
        switch plane.value("CRTC_ID") {
        case UInt64(crtc.object): 0
        case 0: 1
        default: 2
        }
    }

    private func off(but connector: KMSProperties, _ crtc: KMSProperties, _ plane: KMSProperties) -> [KMSSetting] {
        var settings: [KMSSetting] = []
        for other in connectorProperties where other.object != connector.object && other.value("CRTC_ID") != 0 {
            settings += other.setting("CRTC_ID", 0)
        }
        for other in crtcs
        where other.object != crtc.object && (other.value("ACTIVE") != 0 || other.value("MODE_ID") != 0) {
            settings += other.setting("MODE_ID", 0) + other.setting("ACTIVE", 0)
        }
        for other in planes.map(\.properties) where other.object != plane.object && other.value("CRTC_ID") != 0 {
            settings += other.setting("FB_ID", 0) + other.setting("CRTC_ID", 0)
        }
        return settings
    }
}
