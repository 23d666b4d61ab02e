import Base
import Media

/// Finds a display, lights it, and finds it again: the life of `KMSDisplay` on the display thread.
///
/// There is one way to recover. Whatever goes wrong with a card, everything on it is given back, it is closed, and
/// after `retryInterval` the search begins anew; opening a card that nobody drives also makes us its master again. Only
/// where no monitor is connected does the card stay open, dark, so that no console appears on the monitor that comes.
final class KMSEngine {
    /// Between attempts to open a display that has failed, or whose card somebody else drives.
    static let retryInterval = Duration.seconds(1)
    /// Between looks at the connector when no hot-plug event has come: events can be lost.
    static let lookInterval = Duration.seconds(2)

    /// What a look at a card takes; who looks is its master until it says that it does not want to be.
    static let lookedAtFor = Duration.milliseconds(50)

    private enum Link {
        case closed(until: Instant, why: DeviceError)
        /// Master, without a monitor.
        case dark(Opened, until: Instant, why: DeviceError)
        case lit(Lit)
        case stopped
    }

    private struct Opened {
        var card: any KMSCard
        var node: KMSCardNode
    }

    /// An object, because it is looked at for every frame.
    private final class Lit {
        let opened: Opened
        let output: KMSOutput
        let connector: KMSConnector
        let edid: [UInt8]
        /// What was tried first, although the card may have taken less: when this changes there is something to try.
        let firstChoice: KMSMode
        /// At once after a modeset: the state of the connector may have changed under it.
        var nextLook: Instant

        init(
            opened: Opened, output: KMSOutput, connector: KMSConnector, edid: [UInt8], firstChoice: KMSMode,
            nextLook: Instant
        ) {
            (self.opened, self.output, self.connector) = (opened, output, connector)
            (self.edid, self.firstChoice, self.nextLook) = (edid, firstChoice, nextLook)
        }
    }

    private let system: any KMSSystem
    private let specification: DisplaySpecification
    private let request: DisplayModeRequest?
    private let signal: EventSignal
    private let isStopping: @Sendable () -> Bool
    private let changed: (KMSEngine) -> Void
    private var link: Link
    private var wantsPower = true

    private(set) var device: DeviceDescription
    private(set) var mode: DisplayMode
    private(set) var generation = 0
    private(set) var connection: DisplayConnection?

    /// - Parameter changed: `device`, `mode`, `generation` or `connection` is another now.
    init(
        system: any KMSSystem, specification: DisplaySpecification, request: DisplayModeRequest?, signal: EventSignal,
        isStopping: @escaping @Sendable () -> Bool, changed: @escaping (KMSEngine) -> Void
    ) {
        (self.system, self.specification, self.request) = (system, specification, request)
        (self.signal, self.isStopping, self.changed) = (signal, isStopping, changed)
        device = DeviceDescription(id: specification.text, kind: .display, name: "Display", bus: "platform")
        mode = DisplayMode(
            width: request?.width ?? 1920, height: request?.height ?? 1080, refresh: request?.refresh ?? 60)
        link = .closed(
            until: system.now, why: DeviceError(.lost, "the display \(specification.text) is not open yet"))
    }

    deinit { leave() }

    /// Whether the caller may be drawing into a buffer.
    var isDrawn: Bool {
        if case .lit(let lit) = link { lit.output.isDrawn } else { false }
    }

    // MARK: Display

    func nextBuffer(isNews: Bool) throws(DeviceError) -> DisplayBuffer {
        let lit = try attend(isNews: isNews)
        do { return try lit.output.nextBuffer() } catch { throw end(error) }
    }

    func flip(damage: [DisplayRect]) throws(DeviceError) -> Instant {
        if isStopping() { leave() }
        guard case .lit(let lit) = link else { throw why }
        do { return try lit.output.flip(damage: damage) } catch { throw end(error) }
    }

    /// Returns at the instant, at a change of generation, or at a signal.
    func idle(until instant: Instant, isNews: Bool) throws(DeviceError) {
        let before = generation
        var isNews = isNews
        while true {
            let lit = try attend(isNews: isNews)
            isNews = false
            lit.output.takeBack()
            guard generation == before, system.now < instant, !isStopping() else { return }
            do {
                if try lit.output.wait(until: min(instant, lit.nextLook)) == .signalled { return }
            } catch {
                throw end(error)
            }
        }
    }

    func setPower(on: Bool) throws(DeviceError) {
        wantsPower = on
        guard case .lit(let lit) = link else { return }
        do {
            try on ? lit.output.turnOn() : lit.output.turnOff()
        } catch {
            throw end(error)
        }
        note()
    }

    /// Black, then nothing is held any more, for good.
    func leave() {
        switch link {
        case .lit(let lit):
            lit.output.leave()
            lit.opened.card.dropMaster()
            lit.opened.card.close()
        case .dark(let opened, _, _):
            opened.card.dropMaster()
            opened.card.close()
        case .closed, .stopped: break
        }
        link = .stopped
    }

    // MARK: Finding

    private var why: DeviceError {
        switch link {
        case .closed(_, let why), .dark(_, _, let why): why
        case .lit, .stopped: DeviceError(.lost, "the display \(device.name) has been stopped")
        }
    }

    /// Does what is due, and gives the display if there is one.
    private func attend(isNews: Bool) throws(DeviceError) -> Lit {
        if isStopping() { leave() }
        let now = system.now
        switch link {
        case .stopped: throw why
        case .closed(let until, let why):
            guard isNews || now >= until else { throw why }
            return try open()
        case .dark(let opened, let until, let why):
            guard isNews || now >= until else { throw why }
            return try lookForMonitor(opened)
        case .lit(let lit):
            guard isNews || now >= lit.nextLook else { return lit }
            return try look(at: lit, isNews: isNews)
        }
    }

    /// The first card with a monitor that is meant; else the first that could have one stays open.
    private func open() throws(DeviceError) -> Lit {
        var dark: (Opened, DeviceError)?
        var trouble: DeviceError?
        for node in specification.candidates(try cards()) {
            let card: any KMSCard
            do { card = try openAsMaster(node) } catch {
                trouble = trouble ?? KMSReason.failed(error, node)
                continue
            }
            let opened = Opened(card: card, node: node)
            do {
                let topology = try prepare(opened)
                if let connector = topology.connectors.first(where: { $0.isConnected && specification.means($0) }) {
                    if let (other, _) = dark { other.card.close() }
                    dark = nil
                    return try light(opened, connector, topology)
                }
                let reason = KMSReason.noMonitor(topology, specification, node)
                if dark == nil, topology.connectors.contains(where: specification.means) {
                    dark = (opened, reason)
                } else {
                    card.close()
                    if !topology.connectors.isEmpty { trouble = trouble ?? reason }
                }
            } catch {
                card.close()
                trouble = trouble ?? error
            }
        }
        if let (opened, reason) = dark {
            link = .dark(opened, until: system.now + Self.lookInterval, why: reason)
            throw reason
        }
        throw giveUp(trouble ?? KMSReason.noCard(specification))
    }

    /// Opens a card, and once more where somebody may just have been looking at it, as the inventory does.
    private func openAsMaster(_ node: KMSCardNode) throws(KMSFailure) -> any KMSCard {
        let card = try system.open(node.path)
        if card.isMaster { return card }
        card.close()
        system.wait(until: system.now + Self.lookedAtFor, signal: signal)
        return try system.open(node.path)
    }

    private func cards() throws(DeviceError) -> [KMSCardNode] {
        do { return try system.cards() } catch { throw giveUp(error) }
    }

    private func prepare(_ opened: Opened) throws(DeviceError) -> KMSTopology {
        guard opened.card.isMaster else { throw KMSReason.taken(opened.node) }
        do {
            try opened.card.enableAtomic()
            return try KMSTopology(opened.card, isProbing: true)
        } catch {
            throw KMSReason.failed(error, opened.node)
        }
    }

    /// Tries modes and ways until the card takes one.
    private func light(
        _ opened: Opened, _ connector: KMSConnector, _ topology: KMSTopology
    ) throws(DeviceError) -> Lit {
        let ranked = KMSModeChoice.ranked(connector.modes, request: request)
        var refusal: KMSFailure?
        for mode in ranked {
            for route in topology.routes(to: connector) {
                do {
                    let output = try KMSOutput(
                        card: opened.card, route: route, mode: mode, isOn: wantsPower, system: system, signal: signal,
                        isStopping: isStopping)
                    let lit = Lit(
                        opened: opened, output: output, connector: connector,
                        edid: edid(topology, connector, opened.card), firstChoice: ranked[0], nextLook: system.now)
                    link = .lit(lit)
                    describe(lit)
                    return lit
                } catch  where error.isRefusal {
                    refusal = error
                } catch {
                    throw failed(opened, KMSReason.failed(error, opened.node))
                }
            }
        }
        throw failed(opened, KMSReason.refused(ranked, refusal, connector.name, opened.node))
    }

    // MARK: Looking again

    private func lookForMonitor(_ opened: Opened) throws(DeviceError) -> Lit {
        // Another card may have the monitor now.
        if specification.candidates((try? system.cards()) ?? []).count > 1 {
            opened.card.close()
            return try open()
        }
        let topology: KMSTopology
        do { topology = try KMSTopology(opened.card, isProbing: true) } catch {
            throw failed(opened, KMSReason.failed(error, opened.node))
        }
        if let connector = topology.connectors.first(where: { $0.isConnected && specification.means($0) }) {
            return try light(opened, connector, topology)
        }
        let reason = KMSReason.noMonitor(topology, specification, opened.node)
        link = .dark(opened, until: system.now + Self.lookInterval, why: reason)
        throw reason
    }

    private func look(at lit: Lit, isNews: Bool) throws(DeviceError) -> Lit {
        let opened = lit.opened
        do {
            let connector = try opened.card.connector(lit.connector.id, isProbing: isNews)
            guard connector.isConnected else { return try unplugged(lit) }
            lit.nextLook = system.now + Self.lookInterval
            var isOther = false
            if let choice = KMSModeChoice.ranked(connector.modes, request: request).first {
                isOther = choice.timing != lit.firstChoice.timing
            }
            if isNews, !isOther {
                let properties = try opened.card.properties(of: connector.id, kind: .connector)
                isOther = properties.value("link-status") != 0 || edid(properties, opened.card) != lit.edid
            }
            guard isOther else { return lit }
            lit.output.goDark()
            link = .stopped
            return try light(opened, connector, try KMSTopology(opened.card, isProbing: false))
        } catch let error as KMSFailure {
            if case .lit = link { lit.output.abandon() }
            throw failed(opened, KMSReason.failed(error, opened.node))
        } catch let error as DeviceError {
            throw error
        } catch {
            fatalError("only the two above are thrown")
        }
    }

    private func unplugged(_ lit: Lit) throws(DeviceError) -> Lit {
        let opened = lit.opened
        lit.output.goDark()
        connection = nil
        let reason = KMSReason.unplugged(lit.connector.name, opened.node)
        link = .dark(opened, until: system.now + Self.lookInterval, why: reason)
        changed(self)
        // Another connector may have one.
        guard specification.connector == nil else { throw reason }
        return try lookForMonitor(opened)
    }

    // MARK: Ends

    /// The display cannot go on: gives everything back.
    private func end(_ trouble: KMSTrouble) -> DeviceError {
        guard case .lit(let lit) = link else { return why }
        let opened = lit.opened
        let reason: DeviceError
        switch trouble {
        case .stopped:
            leave()
            return why
        case .failed(let failure): reason = KMSReason.failed(failure, opened.node)
        case .stuck: reason = KMSReason.stuck(lit.connector.name, opened.node)
        }
        lit.output.abandon()
        return failed(opened, reason)
    }

    private func failed(_ opened: Opened, _ reason: DeviceError) -> DeviceError {
        opened.card.close()
        return giveUp(reason)
    }

    private func giveUp(_ reason: DeviceError) -> DeviceError {
        link = .closed(until: system.now + Self.retryInterval, why: reason)
        if connection != nil {
            connection = nil
            changed(self)
        }
        return reason
    }

    // MARK: Telling

    private func describe(_ lit: Lit) {
        let node = lit.opened.node
        let name = EDID.label(lit.edid).map { "\($0) (\(lit.connector.name))" } ?? lit.connector.name
        device = DeviceDescription(
            id: "\(node.stablePath)#\(lit.connector.name)", kind: .display, name: name, bus: node.bus)
        mode = lit.output.mode.displayMode
        connection = DisplayConnection(
            card: node.number, connectorID: lit.connector.id, connector: lit.connector.name,
            physicalAddress: EDID.physicalAddress(lit.edid))
        note()
    }

    /// What the caller has drawn does not count any more.
    private func note() {
        generation += 1
        changed(self)
    }

    private func edid(_ topology: KMSTopology, _ connector: KMSConnector, _ card: any KMSCard) -> [UInt8] {
        topology.properties(of: connector).map { edid($0, card) } ?? []
    }

    /// Empty where the monitor has told nothing, which is no reason not to use it.
    private func edid(_ properties: KMSProperties, _ card: any KMSCard) -> [UInt8] {
        let id = UInt32(truncatingIfNeeded: properties.value("EDID"))
        return id == 0 ? [] : (try? card.blob(id)) ?? []
    }
}
