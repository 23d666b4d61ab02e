extension JSONValue {
    /// Applies a JSON Merge Patch (RFC 7396 §2).
    public func applying(mergePatch patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = objectValue ?? [:]
        for (name, change) in changes {
            members[name] = change == .null ? nil : (members[name] ?? .null).applying(mergePatch: change)
        }
        return .object(members)
    }

    /// The merge patch that turns `self` into `target`; nil when they are equal. A null member and an absent one are
    /// the same (RFC 7396 cannot tell them apart).
    public func mergePatch(to target: JSONValue) -> JSONValue? {
        if self == target { return nil }
        guard case .object(let old) = self, case .object(let new) = target else { return target }
        var changes: [String: JSONValue] = [:]
        for (name, value) in new {
            guard let change = (old[name] ?? .null).mergePatch(to: value) else { continue }
            changes[name] = change
        }
        for (name, value) in old where new[name] == nil && value != .null {
            changes[name] = .null
        }
        return changes.isEmpty ? nil : .object(changes)
    }
}
