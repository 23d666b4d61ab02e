import CICal

/// The time zones of one calendar. Under `LibICal`'s lock.
///
/// A TZID is looked up as an IANA name first: what a calendar tells of such a zone is often only this year's rule. Then
/// comes the calendar's own VTIMEZONE, then the Windows name.
final class ZoneTable {
    /// Where a clock stands.
    enum Zone: Hashable {
        case utc
        /// The room's.
        case floating
        case named(Int)
    }

    private var zones: [OpaquePointer] = []
    private var owned: [OpaquePointer] = []
    private var known: [String: Int?] = [:]
    private var definitions: [String: [CChar]] = [:]
    private let room: OpaquePointer

    /// - Parameter room: an IANA name; nil is returned for one that the system does not know.
    init?(room name: String) {
        guard let room = Self.system(name) else { return nil }
        self.room = room
    }

    deinit {
        for zone in owned { icaltimezone_free(zone, 1) }
    }

    static func isKnown(_ name: String) -> Bool {
        system(name) != nil
    }

    /// Keeps a VTIMEZONE's text until an entry asks for it.
    func define(_ text: [CChar]) {
        guard definitions.count < 1000, let component = Component(text: text) else { return }
        var name: String?
        component.forEachProperty { if $0.kind == ICAL_TZID_PROPERTY { name = name ?? $0.value } }
        if let name, definitions[name] == nil { definitions[name] = text }
    }

    /// Nil for a name that nobody knows.
    func zone(_ name: String) -> Zone? {
        if let index = known[name] { return index.map { .named($0) } }
        if ["UTC", "GMT", "Z", "ETC/UTC", "ETC/GMT", "TZONE://MICROSOFT/UTC"].contains(name.uppercased()) {
            return .utc
        }
        let pointer =
            Self.system(name) ?? own(name) ?? WindowsZones.name(for: name).flatMap(Self.system) ?? Self.byTail(of: name)
        guard let pointer else {
            known[name] = .some(nil)
            return nil
        }
        zones.append(pointer)
        known[name] = zones.count - 1
        return .named(zones.count - 1)
    }

    /// Seconds since 1970 in UTC. A reading that the clocks skip is taken with the offset before the change, one that
    /// they show twice is its first (RFC 5545 §3.3.5).
    func utc(_ civil: CivilSeconds, _ zone: Zone) -> Int64 {
        guard zone != .utc else { return civil.value }
        let day: Int64 = 86_400
        let before = offset(atUTC: civil.value - offset(atUTC: civil.value - day, zone) - day, zone)
        if offset(atUTC: civil.value - before, zone) == before { return civil.value - before }
        let after = offset(atUTC: civil.value + day, zone)
        return civil.value - (offset(atUTC: civil.value - after, zone) == after ? after : before)
    }

    func civil(atUTC utc: Int64, _ zone: Zone) -> CivilSeconds {
        CivilSeconds(utc + offset(atUTC: utc, zone))
    }

    private func offset(atUTC utc: Int64, _ zone: Zone) -> Int64 {
        let pointer: OpaquePointer
        switch zone {
        case .utc: return 0
        case .floating: pointer = room
        case .named(let index): pointer = zones[index]
        }
        let at = CivilSeconds(utc).fields
        return Int64(cical_offset(pointer, at.year, at.month, at.day, at.hour, at.minute, at.second))
    }

    // MARK: - Finding

    private static func system(_ name: String) -> OpaquePointer? {
        guard !name.isEmpty, name.utf8.count < 100, !name.contains("..") else { return nil }
        if ["UTC", "Etc/UTC"].contains(name) { return icaltimezone_get_utc_timezone() }
        guard name.contains("/") || name.allSatisfy({ $0.isASCII && !$0.isWhitespace }) else { return nil }
        return icaltimezone_get_builtin_timezone(name)
    }

    /// `/mozilla.org/20050126_1/Europe/Berlin`, `/citadel.org/…/America/Argentina/Ushuaia`.
    private static func byTail(of name: String) -> OpaquePointer? {
        let parts = name.split(separator: "/")
        for count in [3, 2] where parts.count > count {
            if let zone = system(parts.suffix(count).joined(separator: "/")) { return zone }
        }
        return nil
    }

    private func own(_ name: String) -> OpaquePointer? {
        guard let text = definitions[name], let component = Component(text: text), Self.isHarmless(component),
            let zone = icaltimezone_new()
        else { return nil }
        let pointer = component.release()
        guard icaltimezone_set_component(zone, pointer) != 0 else {
            icaltimezone_free(zone, 1)
            icalcomponent_free(pointer)
            return nil
        }
        owned.append(zone)
        return zone
    }

    /// libical lists every change of a zone's clocks until 2037. Only rules with a few changes a year are let through.
    private static func isHarmless(_ component: borrowing Component) -> Bool {
        var observances = 0
        var next = icalcomponent_get_first_component(component.pointer, ICAL_ANY_COMPONENT)
        while let observance = next {
            observances += 1
            var property = icalcomponent_get_first_property(observance, ICAL_ANY_PROPERTY)
            while let current = property {
                if icalproperty_isa(current) == ICAL_RRULE_PROPERTY, !isHarmless(Property(pointer: current).value) {
                    return false
                }
                property = icalcomponent_get_next_property(observance, ICAL_ANY_PROPERTY)
            }
            next = icalcomponent_get_next_component(component.pointer, ICAL_ANY_COMPONENT)
        }
        return (1...500).contains(observances)
    }

    private static func isHarmless(_ rule: String) -> Bool {
        let parts = Dictionary(
            rule.uppercased().split(separator: ";").map { part in
                let sides = part.split(separator: "=", maxSplits: 1)
                return (sides[0], sides.count == 2 ? sides[1] : "")
            }, uniquingKeysWith: { first, _ in first })
        let isPlain = ["BYHOUR", "BYMINUTE", "BYSECOND", "BYYEARDAY", "BYWEEKNO", "RSCALE"].allSatisfy {
            parts[$0[...]] == nil
        }
        let month = parts["BYMONTH"]
        let isOnceAYear = month.map { !$0.contains(",") } ?? (parts["BYDAY"] == nil && parts["BYMONTHDAY"] == nil)
        return parts["FREQ"] == "YEARLY" && isPlain && isOnceAYear
    }
}
