import Base
import ControlAPI
import JSON

/// The state, events and lists in words.
struct StatusText {
    let time: LocalTime
    /// What a line may take; nil: whatever it needs.
    var columns: Int?

    /// The whole state tree on a dozen lines.
    func status(_ state: JSONValue) -> String {
        let zone = words(state["room"]?["timezone"]) + (time.isOfRoom ? "" : "; times are of this machine's time zone")
        var rows = [("Room", words(state["room"]?["name"]) + " (" + zone + ")")]
        rows.append(("Meeting", meeting(state["meeting"])))
        rows.append(("Microphone", microphone(state["microphone"])))
        rows.append(("Camera", camera(state["camera"])))
        rows.append(("Speaker", speaker(state["speaker"])))
        rows.append(("Display", display(state["display"])))
        rows.append(("Calendar", schedule(state["schedule"])))
        if let next = state["schedule"]?["next"] { rows.append(("Next", event(next))) }
        rows.append(("Health", words(state["health"]?["status"])))
        rows += problems(state["health"]).map { ("", $0) }
        return Text.list(rows, columns: columns)
    }

    /// What is wrong, if anything.
    func health(_ health: JSONValue) -> String {
        let problems = problems(health)
        guard !problems.isEmpty else { return words(health["status"]) }
        return Text.list(
            [("Health", words(health["status"]))] + problems.map { ("", $0) }, columns: columns)
    }

    private func problems(_ health: JSONValue?) -> [String] {
        (health?["problems"]?.arrayValue ?? []).map { problem in
            "\(words(problem["text"])) (\(words(problem["code"])), since \(instant(problem["since"])))"
        }
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
        default: return "none in use"
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
        default: return "none in use"
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
        "\(words(event["title"])), \(span(event)): \(why(event))"
    }

    /// Why an event stands as it does, and when the room tries again.
    private func why(_ event: JSONValue) -> String {
        let retry = event["retry"]?.stringValue.flatMap { UTCTime(rfc3339: $0) }
        return words(event["why"]?["text"]) + (retry.map { " Next attempt at \(time.exactClock($0))." } ?? "")
    }

    /// - Parameter isKnown: a calendar has been read, or there is none to be read.
    func events(_ events: [JSONValue], isKnown: Bool = true) -> String {
        if events.isEmpty {
            return isKnown
                ? "No meetings." : "No meetings are known: the calendar cannot be read. See 'roomctl health'."
        }
        return table(
            [[whenHeading, "TITLE", "STATE", "WHY", "ID"]]
                + events.map { event in
                    [
                        span(event), words(event["title"]), words(event["state"]), why(event), words(event["id"]),
                    ]
                }, whole: [0, 2, 4], prose: 3)
    }

    /// What the room will do by itself.
    func decisions(_ decisions: [JSONValue]) -> String {
        if decisions.isEmpty { return "Nothing." }
        return table(
            [[whenHeading, "WHAT", "WHY", "ID"]]
                + decisions.map { decision in
                    [
                        instant(decision["at"]), words(decision["action"]), words(decision["why"]?["text"]),
                        words(decision["event"]),
                    ]
                }, whole: [0, 1, 3], prose: 2)
    }

    private var whenHeading: String { time.isOfRoom ? "WHEN" : "WHEN (this machine's time)" }

    func table(_ rows: [[String]], whole: Set<Int>, prose: Int? = nil) -> String {
        Table(rows, whole: whole, prose: prose).text(columns: columns)
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
        return table([["ID", "NAME", "ROLE", "MICROPHONE", "CAMERA", "CONNECTION", ""]] + rows, whole: [0])
    }

    func devices(_ devices: [JSONValue]) -> String {
        if devices.isEmpty { return "No devices." }
        let rows = devices.map { device in
            [
                words(device["kind"]), device["selected"]?.boolValue == true ? "selected" : "", words(device["state"]),
                words(device["name"]), words(device["id"]),
            ]
        }
        return table([["KIND", "", "STATE", "NAME", "ID"]] + rows, whole: [0, 1, 2, 4])
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

    func words(_ value: JSONValue?) -> String {
        value?.stringValue.map(Text.clean) ?? "–"
    }

    func number(_ value: JSONValue?) -> String {
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
        value?.stringValue.flatMap { UTCTime(rfc3339: $0) }.map(time.instant) ?? "–"
    }

    private func span(_ event: JSONValue) -> String {
        guard let start = event["start"]?.stringValue.flatMap({ UTCTime(rfc3339: $0) }),
            let end = event["end"]?.stringValue.flatMap({ UTCTime(rfc3339: $0) })
        else { return instant(event["start"]) }
        return time.span(start, end)
    }
}
