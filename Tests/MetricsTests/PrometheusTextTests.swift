import Base
import Metrics
import Testing

@Suite struct PrometheusTextTests {
    @Test func valuesStandUnderTheirNameWithTheirLabels() {
        var counter = Metric("a_total", .counter, "Things.")
        counter.add(3, ["kind": "x", "way": "in"])
        counter.add(UInt64.max, ["kind": "y", "way": "out"])
        var gauge = Metric("b_seconds", .gauge, "Time.")
        gauge.add(0.25)
        #expect(
            PrometheusText.write([counter, gauge]) == """
                # HELP a_total Things.
                # TYPE a_total counter
                a_total{kind="x",way="in"} 3
                a_total{kind="y",way="out"} 9223372036854775807
                # HELP b_seconds Time.
                # TYPE b_seconds gauge
                b_seconds 0.25

                """)
    }

    @Test func whatWouldEndALineOrAStringIsEscaped() {
        var gauge = Metric("g", .gauge, "back\\slash\nline \"quote\"")
        gauge.add(1, ["l": "a\"b\\c\nd\re"])
        let text = PrometheusText.write([gauge])
        #expect(
            text == "# HELP g back\\\\slash\\nline \"quote\"\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\re\"} 1\n")
    }

    @Test func numbersAreThoseThatGoReads() {
        var gauge = Metric("g", .gauge, "Numbers.")
        for value in [0.0, -1.5, 1e300, 1e-9, .infinity, -.infinity, .nan] { gauge.add(value) }
        let values = PrometheusText.write([gauge]).split(separator: "\n").dropFirst(2).map { String($0.dropFirst(2)) }
        #expect(values == ["0", "-1.5", "1e+300", "1e-09", "+Inf", "-Inf", "NaN"])
    }

    @Test func aHistogramCountsUpToBoundsThatNeverChange() throws {
        var times = LatencyHistogram()
        for milliseconds in [1, 2, 3, 50, 20_000] { times.record(.milliseconds(milliseconds)) }
        var metric = Metric("h_seconds", .histogram, "Times.")
        metric.add(times, ["stage": "encode"])
        metric.add(LatencyHistogram(), ["stage": "send"])
        let lines = PrometheusText.write([metric]).split(separator: "\n").map(String.init)
        #expect(lines.count == 2 + 2 * (LatencyHistogram.doublings.count + 3))
        #expect(lines.contains("h_seconds_bucket{stage=\"encode\",le=\"0.0016\"} 1"))
        #expect(lines.contains("h_seconds_bucket{stage=\"encode\",le=\"0.0032\"} 3"))
        #expect(lines.contains("h_seconds_bucket{stage=\"encode\",le=\"6.5536\"} 4"))
        #expect(lines.contains("h_seconds_bucket{stage=\"encode\",le=\"+Inf\"} 5"))
        #expect(lines.contains("h_seconds_sum{stage=\"encode\"} 20.056"))
        #expect(lines.contains("h_seconds_count{stage=\"encode\"} 5"))
        #expect(lines.contains("h_seconds_count{stage=\"send\"} 0"))
    }

    @Test func aMetricWithoutValuesIsLeftOut() {
        #expect(PrometheusText.write([Metric("g", .gauge, "Nothing.")]) == "")
    }
}
