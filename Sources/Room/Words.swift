import Meeting

/// The policy's sentences on the display, in the room's language: German, and English for every other.
struct Words: Hashable, Sendable {
    private let isGerman: Bool

    /// - Parameter language: as `[room] language` has it: `de`, `de-AT`, `en`…
    init(language: String) {
        let primary = language.lowercased().prefix { $0 != "-" && $0 != "_" }
        isGerman = primary == "de" || primary == "deu" || primary == "ger"
    }

    private func text(_ english: String, _ german: String) -> String {
        isGerman ? german : english
    }

    func cannotJoin(_ title: String) -> String {
        title.isEmpty
            ? text("The meeting cannot be joined", "Beitritt zur Besprechung nicht möglich")
            : text("“\(title)” cannot be joined", "Beitritt zu „\(title)“ nicht möglich")
    }

    func unsupported(_ title: String, on service: String) -> String {
        title.isEmpty
            ? text(
                "The next meeting is on \(service), which this room cannot join",
                "Die nächste Besprechung ist auf \(service); dort kann dieser Raum nicht beitreten")
            : text(
                "“\(title)” is on \(service), which this room cannot join",
                "„\(title)“ ist auf \(service); dort kann dieser Raum nicht beitreten")
    }

    var noAddress: String {
        text("The invitation holds no meeting address", "Die Einladung enthält keine Adresse einer Besprechung")
    }

    /// Why the room does not join by itself, by the code of a decision's reason; nil when there is nothing to say.
    func policy(_ code: String) -> String? {
        switch code {
        case "link.invalid":
            text("The invitation's meeting address cannot be used", "Die Adresse in der Einladung ist nicht verwendbar")
        case "policy.button":
            text("This room joins when somebody asks it to", "Dieser Raum tritt nur auf Wunsch bei")
        case "policy.accepted":
            text("The room has not accepted the invitation", "Der Raum hat die Einladung nicht angenommen")
        case "policy.organizers":
            text(
                "This room does not join this organizer's meetings by itself",
                "Besprechungen dieses Einladenden tritt der Raum nicht von selbst bei")
        default: nil
        }
    }

    // MARK: - In a meeting

    var connectionLost: String {
        text("The connection to the meeting was lost", "Die Verbindung zur Besprechung ist abgebrochen")
    }

    var removed: String {
        text("The room was removed from the meeting", "Der Raum wurde aus der Besprechung entfernt")
    }

    // MARK: - What is wrong

    var calendarUnreadable: String {
        text("The room's calendar cannot be read", "Der Kalender des Raums ist nicht lesbar")
    }

    var calendarStale: String {
        text("The room's calendar may be out of date", "Der Kalender des Raums ist möglicherweise nicht aktuell")
    }

    var microphoneLost: String {
        text("The microphone is disconnected. Check its cable.", "Das Mikrofon ist getrennt. Bitte das Kabel prüfen.")
    }

    var mutedByHost: String {
        text(
            "The host has muted the room. Ask the host to let it speak.",
            "Der Gastgeber hat den Raum stummgeschaltet. Bitte den Gastgeber fragen.")
    }

    var cameraLost: String {
        text("The camera is disconnected. Check its cable.", "Die Kamera ist getrennt. Bitte das Kabel prüfen.")
    }

    var speakerLost: String {
        text(
            "The loudspeaker is disconnected. Check its cable.",
            "Der Lautsprecher ist getrennt. Bitte das Kabel prüfen.")
    }

    var outOfOrder: String {
        text("This meeting room's system does not start", "Die Technik dieses Raums startet nicht")
    }

    /// - Parameter host: the machine's name.
    func outOfOrderDetail(host: String) -> String {
        text(
            "It is tried again every minute. If this message stays, tell your administrator that \(host) does not start.",
            "Jede Minute wird es erneut versucht. Bleibt diese Meldung, bitte der Haustechnik sagen, dass \(host) nicht startet."
        )
    }

    var passcodeNeeded: String {
        text(
            "The meeting asks for a passcode, and none was given. Enter the one of the invitation.",
            "Die Besprechung verlangt ein Kennwort, und keines wurde angegeben. Bitte das der Einladung eingeben.")
    }

    func sentence(for error: MeetingError) -> String {
        isGerman ? german(error) : error.message
    }

    private func german(_ error: MeetingError) -> String {
        switch error {
        case .notInMeeting: "Der Raum ist in keiner Besprechung. Bitte zuerst beitreten."
        case .alreadyInMeeting: "Der Raum ist schon in einer Besprechung. Bitte diese zuerst verlassen."
        case .joining: "Der Raum tritt gerade bei. Bitte einen Augenblick warten."
        case .notHost: "Das darf nur der Gastgeber."
        case .notPermitted: "Der Gastgeber erlaubt das nicht."
        case .unknownParticipant: "Diese Person ist nicht mehr in der Besprechung."
        case .unknownDevice: "Dieses Gerät gibt es nicht."
        case .deviceBusy: "Ein anderes Programm benutzt das Gerät."
        case .deviceLost: "Das Gerät ist getrennt. Bitte das Kabel prüfen."
        case .unknownRequest: "Diese Anfrage ist nicht mehr offen."
        case .unreachable: "Der Server der Besprechung ist nicht erreichbar. Bitte Netzwerk und Adresse prüfen."
        case .rejectedByService: "Der Server der Besprechung hat abgelehnt. Bitte noch einmal versuchen."
        case .wrongPasscode: "Das Kennwort ist falsch. Bitte in der Einladung nachsehen."
        case .meetingFull: "Die Besprechung ist voll. Bitte später noch einmal versuchen."
        case .meetingNotFound: "Diese Besprechung gibt es nicht. Bitte die Adresse prüfen."
        case .meetingEnded: "Die Besprechung ist zu Ende."
        case .locked: "Die Besprechung ist gesperrt. Bitte den Gastgeber um Einlass bitten."
        case .removed: "Der Gastgeber hat den Raum aus der Besprechung entfernt."
        case .denied: "Der Gastgeber hat den Raum nicht eingelassen."
        case .invalidToken: "Der Server hat die Zugangsdaten des Raums abgelehnt. Bitte die Konfiguration prüfen."
        case .tlsFailed: "Die gesicherte Verbindung zum Server ist fehlgeschlagen. Bitte das Zertifikat prüfen."
        case .unsupportedAddress: "Dieser Raum kann Besprechungen an solchen Adressen nicht beitreten."
        case .unsupportedByService: "Der Dienst dieser Besprechung kann das nicht."
        case .floorTaken: "Jemand anderes zeigt gerade etwas. Bitte warten, bis das zu Ende ist."
        case .diskFull: "Der Speicher ist voll. Bitte alte Aufzeichnungen löschen."
        case .limitExceeded: "Das ist mehr, als erlaubt ist."
        case .timeout: "Der Server hat nicht rechtzeitig geantwortet. Bitte noch einmal versuchen."
        case .cancelled: "Der Vorgang wurde abgebrochen."
        case .busy: "Ein anderer Vorgang läuft noch. Bitte warten."
        }
    }
}

extension RoomController {
    var words: Words { Words(language: settings.language) }
}
