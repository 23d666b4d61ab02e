/// What `[devices] display` means: a card, a connector, both or neither.
struct DisplaySpecification: Hashable {
    /// A path or link; nil = every card.
    var card: String?
    /// `HDMI-A-1`; nil = the first that has a monitor.
    var connector: String?
    /// As it was written.
    let text: String

    /// `auto`, `/dev/dri/card0`, `HDMI-A-1`, or an identifier of the inventory: `/dev/dri/by-path/…-card#HDMI-A-1`.
    init(_ text: String) {
        self.text = text
        if text == "auto" { return }
        guard text.hasPrefix("/") else {
            connector = text
            return
        }
        let parts = text.split(separator: "#", maxSplits: 1)
        card = String(parts[0])
        if parts.count == 2 { connector = String(parts[1]) }
    }

    /// The cards to be tried. A path that udev does not know is tried as it is.
    func candidates(_ nodes: [KMSCardNode]) -> [KMSCardNode] {
        guard let card else { return nodes }
        let named = nodes.filter { $0.isNamed(card) }
        return named.isEmpty ? [KMSCardNode(path: card, stablePath: card, bus: "platform")] : named
    }

    func means(_ connector: KMSConnector) -> Bool { self.connector.map { $0 == connector.name } ?? true }
}
