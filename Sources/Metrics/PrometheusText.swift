import Base

/// Metrics in Prometheus's text format, version 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats, as of which every line ends in LF).
public enum PrometheusText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameter metrics: of different names; those without values are left out.
    public static func write(_ metrics: [Metric]) -> String {
        var text = ""
        for metric in metrics where !metric.isEmpty {
            text += "# HELP \(metric.name) \(escaped(metric.help, quotes: false))\n"
            text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            for sample in metric.samples {
                switch sample.value {
                case .whole(let value): line(metric.name, sample.labels, "\(value)", &text)
                case .real(let value): line(metric.name, sample.labels, number(value), &text)
                case .histogram(let histogram): write(histogram, metric.name, sample.labels, &text)
                }
            }
        }
        return text
    }

    private static func write(
        _ histogram: LatencyHistogram, _ name: String, _ labels: [Metric.Label], _ text: inout String
    ) {
        func bucket(_ bound: String, _ count: UInt64) {
            line(name + "_bucket", labels + [Metric.Label(name: "le", value: bound)], "\(count)", &text)
        }
        for (bound, count) in histogram.cumulative { bucket(number(bound.inSeconds), count) }
        bucket("+Inf", histogram.count)
        line(name + "_sum", labels, number(histogram.total.inSeconds), &text)
        line(name + "_count", labels, "\(histogram.count)", &text)
    }

    private static func line(_ name: String, _ labels: [Metric.Label], _ value: String, _ text: inout String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
            text += "}"
        }
        text += " \(value)\n"
    }

    /// As Go's ParseFloat reads it.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return "\(Int64(value))" }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
