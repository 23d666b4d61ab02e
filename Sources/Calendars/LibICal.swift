import CICal
import Synchronization

/// libical keeps state of its own for a process (built-in zones, error handling): whoever calls it holds this lock.
enum LibICal {
    private static let lock = Mutex(false)

    static func run<Result: ~Copyable, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try lock.withLock { isSetUp throws(Failure) in
            if !isSetUp {
                cical_setup()
                isSetUp = true
            }
            return try body()
        }
    }
}

/// A component parsed by libical, and its memory.
struct Component: ~Copyable {
    let pointer: OpaquePointer

    /// Nil when libical sees no component in the text.
    init?(text: [CChar]) {
        guard let pointer = text.withUnsafeBufferPointer({ icalparser_parse_string($0.baseAddress) }) else {
            return nil
        }
        self.pointer = pointer
    }

    deinit {
        icalcomponent_free(pointer)
    }

    /// Hands the memory over to the caller.
    consuming func release() -> OpaquePointer {
        let pointer = pointer
        discard self
        return pointer
    }

    func forEachProperty(_ body: (Property) -> Void) {
        var next = icalcomponent_get_first_property(pointer, ICAL_ANY_PROPERTY)
        while let property = next {
            body(Property(pointer: property))
            next = icalcomponent_get_next_property(pointer, ICAL_ANY_PROPERTY)
        }
    }
}

/// A property of a component; valid as long as that is.
struct Property {
    let pointer: OpaquePointer

    var kind: icalproperty_kind { icalproperty_isa(pointer) }

    /// In capitals.
    var name: String {
        guard let name = icalproperty_get_property_name_r(pointer) else { return "" }
        defer { icalmemory_free_buffer(name) }
        return String(cString: name).uppercased()
    }

    /// Unescaped where it is text.
    var value: String {
        if let text = cical_text(pointer) { return String(cString: text) }
        guard let text = icalproperty_get_value_as_string_r(pointer) else { return "" }
        defer { icalmemory_free_buffer(text) }
        return String(cString: text)
    }

    var timeZone: String? {
        cical_tzid(pointer).map { String(cString: $0) }
    }

    func parameter(_ name: String) -> String? {
        guard let text = icalproperty_get_parameter_as_string_r(pointer, name) else { return nil }
        defer { icalmemory_free_buffer(text) }
        return String(cString: text)
    }
}
