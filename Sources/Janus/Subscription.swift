import JSON
import Meeting

/// The bookkeeping of the one subscriber connection: what is wanted, what Janus says is there, and what to ask next.
///
/// Only one request or negotiation is under way at a time; wishes that come meanwhile are part of the next request.
/// Janus may merge and postpone offers, and sends some unasked when a publisher goes, so an offer is never tied to a
/// request: whatever offer comes is answered, and its list of streams is what is there.
struct Subscription: Sendable {
    struct Key: Hashable, Sendable, Comparable {
        let feed: JanusID
        let mid: String

        static func < (left: Key, right: Key) -> Bool { (left.feed.text, left.mid) < (right.feed.text, right.mid) }
    }

    /// One m-line that carries something.
    struct Line: Hashable, Sendable {
        let mid: String
        let key: Key
        let name: String?
        /// It carries what another line carries already.
        var isCopy = false
    }

    enum Step: Sendable {
        case idle
        /// A request is with the server.
        case requested([Key])
        /// The server postponed; an offer will come.
        case promised
        /// Our side makes the answer.
        case answering
        /// Our answer is with the server.
        case starting
    }

    enum Request: Equatable {
        case join([Key])
        case update(add: [Key], remove: [Line])
    }

    /// Streams asked for at most, so that no server can make us hold more.
    static let limit = 256

    private(set) var step = Step.idle
    private(set) var lines: [Line] = []
    private var wanted: Set<Key> = []
    private var known: Set<Key> = []
    private var refused: Set<Key> = []
    /// How many lines a stream has, where that is more than one.
    private var lineCounts: [Key: Int] = [:]
    /// The server gives no second line for these.
    private var uncopied: Set<Key> = []
    /// Those of the request under way, and on how many lines each was before.
    private var copiesAsked: [Key: Int] = [:]
    /// The lines, by mid, that the request under way gives up.
    private var removalAsked: Set<String> = []
    /// The server did not let go of these; it is asked again when it has listed its lines anew.
    private var irremovable: Set<String> = []
    private var isJoined = false
    /// A batch was refused: ask for one feed at a time to find the bad one.
    private var isSplitting = false
    /// Offers that came while another was being answered, oldest first.
    private var offers: [String] = []

    /// Somebody is to be received.
    var isWanted: Bool { !wanted.isSubset(of: refused) }

    /// The server owes us an offer.
    var isPromised: Bool { if case .promised = step { true } else { false } }

    /// - Parameters:
    ///   - wanted: what should be received.
    ///   - known: everything that is published; only of those is something unsubscribed, the server drops the rest.
    ///   - lineCounts: on how many lines a stream is to come, where that is more than one.
    mutating func want(_ wanted: Set<Key>, known: Set<Key>, lineCounts: [Key: Int] = [:]) {
        self.wanted = wanted.count <= Self.limit ? wanted : Set(wanted.sorted().prefix(Self.limit))
        self.known = known
        self.lineCounts = lineCounts
        uncopied.formIntersection(known)
    }

    /// A feed was announced anew: what it refused once is worth another try.
    mutating func retry(_ feed: JanusID) {
        refused = refused.filter { $0.feed != feed }
    }

    /// What to ask now, if anything; the step becomes `requested`.
    mutating func next() -> Request? {
        guard case .idle = step else { return nil }
        let present = Set(lines.map(\.key))
        let copies = missingCopies
        var add = wanted.subtracting(present).subtracting(refused).sorted() + copies
        let unwanted = lines.filter { known.contains($0.key) && !wanted.contains($0.key) } + surplusCopies
        let remove = unwanted.filter { !irremovable.contains($0.mid) }
        if isSplitting, let first = add.first {
            add = add.filter { $0.feed == first.feed }
        }
        guard !add.isEmpty || (isJoined && !remove.isEmpty) else {
            isSplitting = false
            return nil
        }
        step = .requested(add)
        let asked = Set(copies).intersection(add)
        copiesAsked = Dictionary(uniqueKeysWithValues: asked.map { ($0, lineCount(of: $0)) })
        removalAsked = Set(remove.map(\.mid))
        return isJoined ? .update(add: add, remove: remove) : .join(add)
    }

    /// Copies of streams that are there already: what is new comes first, and once.
    private var missingCopies: [Key] {
        guard !lineCounts.isEmpty else { return [] }
        var missing: [Key] = []
        for key in wanted.sorted() where !uncopied.contains(key) {
            let present = lineCount(of: key)
            guard present > 0, let count = lineCounts[key], count > present else { continue }
            missing += Array(repeating: key, count: count - present)
        }
        return Array(missing.prefix(max(0, Self.limit - lines.count)))
    }

    private func lineCount(of key: Key) -> Int { lines.count { $0.key == key } }

    private var surplusCopies: [Line] {
        var kept: [Key: Int] = [:]
        return lines.filter { line in
            guard line.isCopy, wanted.contains(line.key) else { return false }
            kept[line.key, default: 1] += 1
            return kept[line.key, default: 1] > lineCounts[line.key] ?? 1
        }
    }

    /// The server has our first request: from now on `update` is the word.
    mutating func attached() {
        isJoined = true
    }

    /// The list of an `attached` or `updated` event, and its offer if it had one.
    /// - Returns: the offer to answer now.
    mutating func updated(_ streams: JSONValue?, offer: String?) -> String? {
        if let streams = streams?.arrayValue {
            lines = markingCopies(streams.prefix(Self.limit * 2).compactMap(Self.line))
            irremovable = []
        }
        guard let offer else {
            switch step {
            case .requested, .promised:
                settle()
            case .idle, .answering, .starting: break
            }
            return nil
        }
        switch step {
        case .idle, .requested, .promised:
            if case .requested(let keys) = step { note(keys) }
            step = .answering
            return offer
        case .answering, .starting:
            // The server has one offer open at a time; two more than that is nonsense.
            if offers.count < 2 { offers.append(offer) }
            return nil
        }
    }

    /// An ICE restart is asked for, which brings an offer.
    /// - Returns: false when there is nothing to restart, or a negotiation is under way.
    mutating func restart() -> Bool {
        guard isJoined, case .idle = step else { return false }
        step = .requested([])
        return true
    }

    mutating func postponed() {
        if case .requested = step { step = .promised }
    }

    mutating func answered() {
        step = .starting
    }

    /// The server took our answer.
    /// - Returns: the next offer to answer, if one waits.
    mutating func started() -> String? {
        guard !offers.isEmpty else {
            step = .idle
            return nil
        }
        step = .answering
        return offers.removeFirst()
    }

    /// The server refused the request for `keys`, usually because one feed had just gone: it says which only in prose.
    mutating func failed(_ keys: [Key]) {
        if case .requested = step { step = .idle }
        if keys.isEmpty { irremovable.formUnion(removalAsked) }
        let copies = Set(keys).intersection(lines.map(\.key))
        guard copies.isEmpty else {
            // Perhaps only they were too much.
            uncopied.formUnion(copies)
            return
        }
        if Set(keys.map(\.feed)).count > 1 {
            isSplitting = true
            refused.subtract(keys)
        } else {
            refused.formUnion(keys)
        }
    }

    /// The connection or its handle is gone; everything starts anew.
    mutating func reset() {
        step = .idle
        lines = []
        refused = []
        uncopied = []
        copiesAsked = [:]
        removalAsked = []
        irremovable = []
        offers = []
        isJoined = false
        isSplitting = false
    }

    /// What was asked for and is not in the server's list will not come by asking again.
    private mutating func note(_ keys: [Key]) {
        refused.formUnion(Set(keys).subtracting(lines.map(\.key)))
        // Some of several may have been granted; of those that are still missing the next request is the last.
        for (key, before) in copiesAsked where lineCount(of: key) <= before { uncopied.insert(key) }
        copiesAsked = [:]
    }

    /// Of several lines with the same stream, which is the one and which are its copies: as it was before, else the first.
    private func markingCopies(_ new: [Line]) -> [Line] {
        let originals = Dictionary(lines.filter { !$0.isCopy }.map { ($0.key, $0.mid) }) { first, _ in first }
        var chosen: [Key: String] = [:]
        for line in new where chosen[line.key] == nil || originals[line.key] == line.mid { chosen[line.key] = line.mid }
        return new.map { line in
            var line = line
            line.isCopy = chosen[line.key] != line.mid
            return line
        }
    }

    private mutating func settle() {
        if case .requested(let keys) = step { note(keys) }
        step = .idle
    }

    private static func line(_ json: JSONValue) -> Line? {
        guard json["active"]?.boolValue != false, let mid = json["mid"]?.stringValue, mid.utf8.count <= 64,
            let feed = JanusID(json["feed_id"]), let feedMid = json["feed_mid"]?.stringValue, feedMid.utf8.count <= 64
        else { return nil }
        return Line(mid: mid, key: Key(feed: feed, mid: feedMid), name: RoomPublisher.name(json["feed_display"]))
    }
}
