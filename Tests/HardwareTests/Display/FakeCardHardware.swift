import Base
import Glibc
import Media

@testable import Hardware

/// A graphics card: what is plugged into it and what it shows, whoever has it open.
final class FakeCardHardware {
    struct Port {
        var id: UInt32
        var name: String
        var possibleCRTCs: UInt32 = 0b11
        var isConnected = false
        var modes: [KMSMode] = []
        var edid: [UInt8] = []
        var isLinkBad = false
    }

    /// What commits change.
    struct State: Hashable {
        /// By connector.
        var crtcOf: [UInt32: UInt32] = [:]
        /// By CRTC; 0 = none.
        var modeBlob: [UInt32: UInt32] = [:]
        var isActive: [UInt32: Bool] = [:]
        /// By plane.
        var framebuffer: [UInt32: UInt32] = [:]
        var planeCRTC: [UInt32: UInt32] = [:]
        var rectangle: [UInt32: [String: UInt64]] = [:]
    }

    /// A picture that came onto the glass.
    struct Shown: Equatable {
        var time: Instant
        /// Its first four bytes.
        var pixel: UInt32
    }

    weak var system: FakeGraphics!
    let node: KMSCardNode
    var isPresent = true
    var ports: [Port]
    let crtcs: [UInt32] = [41, 42]
    /// Primary planes of the two CRTCs, and a cursor.
    let planes: [KMSPlane] = [
        KMSPlane(id: 31, possibleCRTCs: 0b01, showsXRGB: true), KMSPlane(id: 32, possibleCRTCs: 0b10, showsXRGB: true),
        KMSPlane(id: 33, possibleCRTCs: 0b11, showsXRGB: false),
    ]
    var hasDamageClips = true
    var isAtomic = true
    /// Modes wider than this are refused.
    var widestMode = 16384
    /// CRTCs that are refused.
    var brokenCRTCs: Set<UInt32> = []
    let period = Duration.nanoseconds(16_666_667)
    /// Page flips are accepted and never happen.
    var isStuck = false
    var saysWhen = true

    var state = State()
    /// Another program is the master.
    var isTaken = false
    weak var master: FakeCard?
    /// By call: errno of the next calls, 0 = let it pass.
    var faults: [KMSFailure.Call: [Int32]] = [:]
    private(set) var calls: [KMSFailure.Call: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var shown: [Shown] = []
    private(set) var commits: [(kind: KMSCommit, settings: [KMSSetting])] = []
    private(set) var modesets = 0
    private(set) var probes = 0
    /// Of damage clips, in bytes.
    var lastDamage: [UInt8] = []
    /// Flips are neither checked nor written down, so that the card itself allocates nothing.
    var isQuiet = false
    /// A framebuffer was removed while it was shown: the monitor lost its signal.
    var cutOffs = 0
    var opened: [FakeCard] = []

    init(_ number: Int = 0, ports: [Port] = []) {
        node = KMSCardNode(
            path: "/dev/dri/card\(number)", stablePath: "/dev/dri/by-path/pci-\(number)-card",
            otherPaths: ["/dev/dri/card\(number)"], bus: "pci", number: number)
        self.ports = ports
    }

    func open() throws(KMSFailure) -> FakeCard {
        try attempt(.open)
        let card = FakeCard(self)
        opened.append(card)
        if !isTaken, master == nil { master = card }
        return card
    }

    var held: Int { opened.reduce(0) { $0 + $1.held } }
    var isDark: Bool { !state.isActive.values.contains(true) }
    var connectedCRTCs: [UInt32] { state.crtcOf.values.filter { $0 != 0 }.sorted() }

    func plugIn(_ index: Int = 0, _ modes: [KMSMode] = [.hd], edid: [UInt8] = []) {
        ports[index].isConnected = true
        ports[index].modes = modes
        ports[index].edid = edid
    }

    func unplug(_ index: Int = 0) {
        ports[index].isConnected = false
        ports[index].modes = []
    }

    func violate(_ text: String) { violations.append(text) }
    func noteShown(_ pixel: UInt32, at time: Instant) { shown.append(Shown(time: time, pixel: pixel)) }
    func noteCommit(_ kind: KMSCommit, _ settings: [KMSSetting]) { commits.append((kind, settings)) }
    func noteModeset() { modesets += 1 }
    func noteProbe() { probes += 1 }

    func attempt(_ call: KMSFailure.Call) throws(KMSFailure) {
        calls[call, default: 0] += 1
        guard isPresent else { throw KMSFailure(call: call, code: ENODEV) }
        guard faults[call]?.isEmpty == false else { return }
        let code = faults[call]!.removeFirst()
        if code != 0 { throw KMSFailure(call: call, code: code) }
    }

    // MARK: Properties, numbered otherwise on every card

    static let names: [KMSObjectKind: [String]] = [
        .connector: ["EDID", "DPMS", "link-status", "CRTC_ID"],
        .crtc: ["ACTIVE", "MODE_ID", "OUT_FENCE_PTR", "GAMMA_LUT"],
        .plane: [
            "type", "FB_ID", "CRTC_ID", "CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H", "SRC_X", "SRC_Y", "SRC_W", "SRC_H",
            "FB_DAMAGE_CLIPS", "rotation",
        ],
    ]

    private var knownNames: [UInt64: String] = [:]

    func kind(of object: UInt32) -> KMSObjectKind? {
        if ports.contains(where: { $0.id == object }) { return .connector }
        if crtcs.contains(object) { return .crtc }
        return planes.contains { $0.id == object } ? .plane : nil
    }

    func name(of property: UInt32, on object: UInt32) -> String? {
        let key = UInt64(object) << 32 | UInt64(property)
        if let known = knownNames[key] { return known }
        guard let kind = kind(of: object) else { return nil }
        knownNames[key] = Self.names[kind]!.first { number(of: $0, on: object) == property }
        return knownNames[key]
    }

    func number(of name: String, on object: UInt32) -> UInt32? {
        guard let kind = kind(of: object), let index = Self.names[kind]!.firstIndex(of: name) else { return nil }
        if name == "FB_DAMAGE_CLIPS", !hasDamageClips { return nil }
        return UInt32(100 + (node.number ?? 0) * 7 + (kind == .connector ? 0 : kind == .crtc ? 20 : 40) + index)
    }

    func properties(of object: UInt32) -> KMSProperties? {
        guard let kind = kind(of: object) else { return nil }
        var byName: [String: KMSProperties.Property] = [:]
        for name in Self.names[kind]! {
            guard let id = number(of: name, on: object) else { continue }
            byName[name] = KMSProperties.Property(id: id, value: value(of: name, on: object))
        }
        return KMSProperties(object: object, byName)
    }

    private func value(of name: String, on object: UInt32) -> UInt64 {
        let port = ports.first { $0.id == object }
        switch name {
        // The number of the blob is the connector's, which is no number of a blob that anybody creates.
        case "EDID": return port!.edid.isEmpty ? 0 : UInt64(object)
        case "link-status": return port!.isLinkBad ? 1 : 0
        case "CRTC_ID": return UInt64(port != nil ? state.crtcOf[object] ?? 0 : state.planeCRTC[object] ?? 0)
        case "ACTIVE": return state.isActive[object] == true ? 1 : 0
        case "MODE_ID": return UInt64(state.modeBlob[object] ?? 0)
        case "FB_ID": return UInt64(state.framebuffer[object] ?? 0)
        case "type": return planes.first { $0.id == object }!.showsXRGB ? 1 : 2
        case "rotation": return 1
        default: return 0
        }
    }
}

extension KMSMode {
    static func of(_ width: Int, _ height: Int, _ rate: Double, isPreferred: Bool = false) -> KMSMode {
        // Sizes and rate are enough of a timing for a card that has no beam.
        let millihertz = Int((rate * 1000).rounded())
        let words = [width, height, millihertz]
        var timing = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        timing += [UInt8](repeating: 0, count: 56)
        return KMSMode(
            width: width, height: height, millihertz: Int64(millihertz), isPreferred: isPreferred, isSpecial: false,
            timing: timing)
    }

    /// Small, because a test draws black into all of it.
    static let hd = KMSMode.of(64, 36, 60, isPreferred: true)
    static let uhd = KMSMode.of(128, 72, 30, isPreferred: true)
}
