/// Which of a connector's modes are tried, and in which order.
enum KMSModeChoice {
    /// More than these are not tried before the display counts as failed.
    static let limit = 6

    /// The requested mode where the monitor has it, then the preferred one, then smaller ones.
    static func ranked(_ modes: [KMSMode], request: DisplayModeRequest?) -> [KMSMode] {
        let plain = modes.filter { !$0.isSpecial }
        let usable = plain.isEmpty ? modes : plain
        guard let preferred = usable.first(where: \.isPreferred) ?? usable.first else { return [] }
        var ranked: [KMSMode] = []
        if let request {
            let wanted = Int64((request.refresh ?? 60) * 1000)
            let sized = usable.filter { $0.width == request.width && $0.height == request.height }
            // The next rate will do: 60 is meant where the monitor has 59.94.
            if let best = sized.min(by: { abs($0.millihertz - wanted) < abs($1.millihertz - wanted) }) {
                ranked.append(best)
            }
        }
        ranked.append(preferred)
        ranked += usable.filter { $0.area <= preferred.area }
            .sorted { ($1.area, abs($0.millihertz - 60000)) < ($0.area, abs($1.millihertz - 60000)) }
        var seen: Set<[UInt8]> = []
        return Array(ranked.filter { seen.insert($0.timing).inserted }.prefix(limit))
    }
}

extension KMSMode {
    fileprivate var area: Int { width * height }
}
