import JSON

// Statistics and what the daemon tells of itself, in words.

extension StatusText {
    func information(_ result: JSONValue) -> String {
        let may =
            switch result["control"]?["role"]?.stringValue {
            case "admin": "You are an admin: you may do everything."
            case "operator": "You are an operator: you may steer the room."
            case "observer": "You are an observer: you may look, not steer."
            default: "What you may do is not known to this roomctl."
            }
        let uptime = result["uptime"]?.doubleValue.map { Text.duration(seconds: $0) } ?? "–"
        return "\(words(result["name"])) \(words(result["version"])), control API \(words(result["api"])), "
            + "running for \(uptime).\n\(may)"
    }

    /// What `statistics.get` answers: the machine, the connections, the streams, the steps.
    func statistics(_ result: JSONValue) -> String {
        let process = result["process"]
        let memory = process?["memory"]?.doubleValue.map { "\(Int($0 / 1_000_000)) MB" } ?? "–"
        var rows = [
            (
                "roomd",
                "\(tenths(process?["cpu"])) % of one core, \(memory), running for "
                    + (process?["uptime"]?.doubleValue.map { Text.duration(seconds: $0) } ?? "–")
            )
        ]
        if let sends = result["publish"] {
            rows.append(("Sends over", connection(sends) + ", may send \(rate(sends["availableBitrate"]))"))
        }
        if let receives = result["receive"] { rows.append(("Receives over", connection(receives))) }
        var parts = [Text.list(rows, columns: columns)]
        let streams =
            (result["outbound"]?.arrayValue ?? []).map { stream("sent", $0) }
            + (result["inbound"]?.arrayValue ?? []).map { stream("from " + words($0["participant"]), $0) }
        if !streams.isEmpty {
            let heading = ["STREAM", "KIND", "CODEC", "RATE", "PICTURE", "LOSS", "JITTER", "ROUND TRIP", "FREEZES"]
            parts.append(table([heading] + streams, whole: [1, 2, 3]))
        }
        let stages = (result["stages"]?.objectValue ?? [:]).filter { $0.value["median"] != nil }
        if !stages.isEmpty {
            let rows = stages.sorted { $0.key < $1.key }.map { name, stage in
                [Text.clean(name)] + ["median", "p95", "p99", "longest"].map { milliseconds(stage[$0]) }
            }
            parts.append(table([["STEP", "MEDIAN", "95 %", "99 %", "LONGEST"]] + rows, whole: [1]))
        }
        return parts.joined(separator: "\n\n")
    }

    private func connection(_ connection: JSONValue) -> String {
        "\(words(connection["state"])), round trip \(milliseconds(connection["roundTrip"])), loss \(percent(connection["loss"]))"
            + (connection["remote"]?.stringValue.map { ", with \(Text.clean($0))" } ?? "")
            + (connection["localKind"]?.stringValue == "relay" ? ", through a relay" : "")
    }

    private func stream(_ name: String, _ stream: JSONValue) -> [String] {
        var picture = "–"
        if stream["width"] != nil {
            picture = "\(number(stream["width"]))×\(number(stream["height"]))"
            if stream["frameRate"] != nil { picture += " at \(tenths(stream["frameRate"]))/s" }
        }
        return [
            name, words(stream["kind"]), words(stream["codec"]), rate(stream["bitrate"]), picture,
            percent(stream["loss"]), milliseconds(stream["jitter"]), milliseconds(stream["roundTrip"]),
            number(stream["freezes"]),
        ]
    }

    private func tenths(_ value: JSONValue?) -> String {
        value?.doubleValue.map { "\(($0 * 10).rounded() / 10)" } ?? "–"
    }

    private func percent(_ share: JSONValue?) -> String {
        share?.doubleValue.map { "\(($0 * 1000).rounded() / 10) %" } ?? "–"
    }

    private func milliseconds(_ seconds: JSONValue?) -> String {
        seconds?.doubleValue.map { "\(($0 * 10_000).rounded() / 10) ms" } ?? "–"
    }

    private func rate(_ rate: JSONValue?) -> String {
        rate?.doubleValue.map { $0 < 0 ? "–" : "\(Int(($0 / 1000).rounded())) kbit/s" } ?? "–"
    }
}
