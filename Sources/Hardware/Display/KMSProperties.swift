/// The properties of one object: their numbers differ from card to card, their names do not.
struct KMSProperties: Hashable {
    struct Property: Hashable {
        var id: UInt32
        var value: UInt64
    }

    var object: UInt32
    private var byName: [String: Property]

    init(object: UInt32, _ byName: [String: Property]) {
        self.object = object
        self.byName = byName
    }

    /// The value when it was read; 0 for a property that the object does not have.
    func value(_ name: String) -> UInt64 { byName[name]?.value ?? 0 }

    /// The property's number, or nil.
    func id(_ name: String) -> UInt32? { byName[name]?.id }

    /// The setting of a property, none when the object does not have it.
    func setting(_ name: String, _ value: UInt64) -> [KMSSetting] {
        id(name).map { [KMSSetting(object: object, property: $0, value: value)] } ?? []
    }
}
