import JSON

/// Which part of the state a subscription is told of.
struct StateFilter: Hashable {
    /// Empty: everything.
    let paths: [StatePath]

    init(_ paths: [StatePath]) {
        self.paths = paths.contains(.root) ? [] : Array(Set(paths)).sorted { $0.text < $1.text }
    }

    /// The tree cut down to the paths, rooted at the tree's root. Objects on the way to a path stay, also when what the
    /// path names is absent: otherwise its disappearance would read as theirs.
    func apply(to tree: JSONValue) -> JSONValue {
        if paths.isEmpty { return tree }
        var cut = JSONValue.object([:])
        for path in paths { Self.copy(path.names[...], from: tree, into: &cut) }
        return cut
    }

    private static func copy(_ names: ArraySlice<String>, from tree: JSONValue, into cut: inout JSONValue) {
        guard let name = names.first else {
            cut = tree
            return
        }
        guard case .object(let members) = tree, let member = members[name] else { return }
        guard case .object(var kept) = cut else { return }
        var inner = kept[name] ?? (member.objectValue == nil ? .null : [:])
        copy(names.dropFirst(), from: member, into: &inner)
        kept[name] = inner
        cut = .object(kept)
    }
}
