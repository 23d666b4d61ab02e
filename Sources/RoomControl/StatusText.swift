import Base
import ControlAPI
import JSON

/// The state, events and lists in words.
struct StatusText {
    let time: LocalTime

    /// The whole state tree on a dozen lines.
    func status(_ state: JSONValue) -> String {
        var rows = [["Room", words(state["room"]?["name"]) + " (" + words(state["room"]?["timezone"]) + ")"]]
        rows.append(["Meeting", meeting(state["meeting"])])
        rows.append(["Microphone", microphone(state["microphone"])])
        rows.append(["Camera", camera(state["camera"])])
        rows.append(["Speaker", speaker(state["speaker"])])
        rows.append(["Display", display(state["display"])])
        rows.append(["Calendar", schedule(state["schedule"])])
        if let next = state["schedule"]?["next"] { rows.append(["Next", event(next)]) }
        rows.append(["Health", words(state["health"]?["status"])])
        for problem in state["health"]?["problems"]?.arrayValue ?? [] {
            rows.append([
                "", "\(words(problem["text"])) (\(words(problem["code"])), since \(instant(problem["since"])))",
            ])
        }
        return Text.table(rows)
    }

    func meeting(_ meeting: JSONValue?) -> String {
        guard let meeting else { return "none" }
        let title = Text.clean(meeting["title"]?.stringValue ?? "")
        let name = title.isEmpty ? words(meeting["url"]) : "\"\(title)\""
        switch meeting["state"]?.stringValue {
        case "joining": return "joining \(name)"
        case "leaving": return "leaving \(name)"
        case "reconnecting": return "lost the connection to \(name), reconnecting"
        default: break
        }
        var text = "in \(name)"
        if let elapsed = meeting["elapsed"]?.doubleValue { text += " for \(Text.duration(seconds: elapsed))" }
        let count = meeting["participants"]?.objectValue?.count ?? 0
        text += ", \(count) \(count == 1 ? "participant" : "participants")"
        if meeting["role"]?.stringValue == "host" { text += ", the room is host" }
        if meeting["recording"] != nil { text += ", recorded" }
        if meeting["locked"]?.boolValue == true { text += ", locked" }
        return text
    }

    private func microphone(_ microphone: JSONValue?) -> String {
        switch microphone?["state"]?.stringValue {
        case "live": return "live" + device(microphone)
        case "muted":
            let by = ["host": "muted by the host", "hardware": "muted at the device"]
            return (by[microphone?["mutedBy"]?.stringValue ?? ""] ?? "muted") + device(microphone)
        case "lost": return "lost: the device is gone" + device(microphone)
        default: return "none configured"
        }
    }

    private func camera(_ camera: JSONValue?) -> String {
        switch camera?["state"]?.stringValue {
        case "live": return "on" + format(camera?["format"]) + device(camera)
        case "lost": return "lost: the device is gone" + device(camera)
        default: return "off" + device(camera)
        }
    }

    private func speaker(_ speaker: JSONValue?) -> String {
        let muted = speaker?["muted"]?.boolValue == true
        switch speaker?["state"]?.stringValue {
        case "live":
            return (muted ? "muted" : "volume \(number(speaker?["volume"]))") + device(speaker)
        case "lost": return "lost: the device is gone" + device(speaker)
        default: return "none configured"
        }
    }

    private func display(_ display: JSONValue?) -> String {
        switch display?["state"]?.stringValue {
        case "on": return "on, layout \(words(display?["layout"]))" + format(display?["mode"]) + device(display)
        case "standby": return "asleep" + device(display)
        default: return "none or lost" + device(display)
        }
    }

    private func schedule(_ schedule: JSONValue?) -> String {
        let read = schedule?["refreshed"].map { ", read at " + instant($0) } ?? ""
        switch schedule?["state"]?.stringValue {
        case "ok": return read.isEmpty ? "none read" : "up to date" + read
        case "stale": return "not up to date" + read
        default: return "cannot be read" + read
        }
    }

    /// One calendar event on one line.
    func event(_ event: JSONValue) -> String {
        "\(words(event["title"])), \(span(event)): \(words(event["why"]?["text"]))"
    }

    func events(_ events: [JSONValue]) -> String {
        if events.isEmpty { return "No meetings." }
        return Text.table(
            [["WHEN", "TITLE", "STATE", "WHY", "ID"]]
                + events.map { event in
                    [
                        span(event), words(event["title"]), words(event["state"]), words(event["why"]?["text"]),
                        words(event["id"]),
                    ]
                })
    }

    func participants(_ participants: [String: JSONValue]) -> String {
        if participants.isEmpty { return "Nobody." }
        let rows = participants.sorted { $0.key < $1.key }.map { id, person in
            let name = words(person["name"]) + (person["self"]?.boolValue == true ? " (this room)" : "")
            return [
                id, name, words(person["role"]), words(person["microphone"]), words(person["camera"]),
                words(person["quality"]), person["speaking"]?.boolValue == true ? "speaking" : "",
            ]
        }
        return Text.table([["ID", "NAME", "ROLE", "MICROPHONE", "CAMERA", "CONNECTION", ""]] + rows)
    }

    func devices(_ devices: [JSONValue]) -> String {
        if devices.isEmpty { return "No devices." }
        let rows = devices.map { device in
            [
                words(device["kind"]), device["selected"]?.boolValue == true ? "selected" : "", words(device["state"]),
                words(device["name"]), words(device["id"]),
            ]
        }
        return Text.table([["KIND", "", "STATE", "NAME", "ID"]] + rows)
    }

    // MARK: Notifications

    /// A patch or a snapshot, one line a value: `microphone.enabled = true`.
    func changes(_ value: JSONValue, at path: String = "") -> [String] {
        guard case .object(let members) = value, !members.isEmpty else {
            return path.isEmpty ? [] : [Text.clean("\(path) = \(value.text)")]
        }
        return members.sorted { $0.key < $1.key }.flatMap { name, inner in
            changes(inner, at: path.isEmpty ? name : "\(path).\(name)")
        }
    }

    /// What a notification says, one line a change.
    func notification(_ line: JSONValue) -> [String] {
        let parameters = line["params"]
        switch line["method"]?.stringValue {
        case "state.changed": return changes(parameters?["patch"] ?? [:])
        case "event":
            let data = changes(parameters?["data"] ?? [:]).joined(separator: ", ")
            return ["* \(words(parameters?["name"]))" + (data.isEmpty ? "" : "  \(data)")]
        default: return []
        }
    }

    // MARK: Parts

    private func words(_ value: JSONValue?) -> String {
        value?.stringValue.map(Text.clean) ?? "–"
    }

    private func number(_ value: JSONValue?) -> String {
        value?.doubleValue.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" } ?? "–"
    }

    private func device(_ value: JSONValue?) -> String {
        value?["device"]?.stringValue.map { " (\(Text.clean($0)))" } ?? ""
    }

    private func format(_ format: JSONValue?) -> String {
        guard let format else { return "" }
        let rate = format["frameRate"] ?? format["refresh"]
        return ", \(number(format["width"]))×\(number(format["height"]))" + (rate == nil ? "" : " at \(number(rate))/s")
    }

    private func instant(_ value: JSONValue?) -> String {
        value?.stringValue.flatMap { UTCTime(rfc3339: $0) }.map(time.dayAndTime) ?? "–"
    }

    private func span(_ event: JSONValue) -> String {
        let end = event["end"]?.stringValue.flatMap { UTCTime(rfc3339: $0) }.map(time.clock) ?? "–"
        return instant(event["start"]) + "–" + end
    }
}
