public import Base

/// One metric as Prometheus knows it: a name, what it means, and its values by label.
public struct Metric: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// Only grows, until the daemon starts anew; its name ends in `_total`.
        case counter
        case gauge
        /// In seconds.
        case histogram
    }

    /// Labels of a sample, in the order in which they are written.
    public typealias Labels = KeyValuePairs<String, String>

    enum Value: Hashable, Sendable {
        case whole(Int64)
        case real(Double)
        case histogram(LatencyHistogram)
    }

    struct Sample: Hashable, Sendable {
        var labels: [Label]
        var value: Value
    }

    struct Label: Hashable, Sendable {
        var name: String
        var value: String
    }

    public let name: String
    public let kind: Kind
    public let help: String
    private(set) var samples: [Sample] = []

    /// - Parameters:
    ///   - name: ends in its unit, seconds and bytes; `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    ///   - help: one sentence.
    public init(_ name: String, _ kind: Kind, _ help: String) {
        precondition(Self.isName(name), "\(name) is no name of a metric")
        self.name = name
        self.kind = kind
        self.help = help
    }

    /// Whether there is anything to tell.
    public var isEmpty: Bool { samples.isEmpty }

    public mutating func add(_ value: some BinaryInteger, _ labels: Labels = [:]) {
        add(.whole(Int64(clamping: value)), labels)
    }

    public mutating func add(_ value: Double, _ labels: Labels = [:]) {
        add(.real(value), labels)
    }

    public mutating func add(_ value: LatencyHistogram, _ labels: Labels = [:]) {
        precondition(kind == .histogram, "\(name) is no histogram")
        add(.histogram(value), labels)
    }

    private mutating func add(_ value: Value, _ labels: Labels) {
        precondition(labels.allSatisfy { Self.isName($0.key) && $0.key != "le" }, "a label of \(name) has no name")
        samples.append(Sample(labels: labels.map { Label(name: $0.key, value: $0.value) }, value: value))
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "_:".unicodeScalars.contains($0)
        }
    }
}
