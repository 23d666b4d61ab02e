public import Meeting

/// The `description` that a published stream carries in the room, which everybody there is told, also newcomers.
///
/// Plain Janus has no other way to show that somebody muted himself: `configure {send: false}` is told to nobody and
/// makes receivers believe in packet loss (meetecho/janus-gateway #620), an inactive m-line costs every receiver two
/// negotiations, and moderation needs the room's secret. A changed description is announced at once in a
/// `publishers` event and costs no negotiation. The words are for people too: web clients show them as they are.
public enum TrackLabel {
    public static func text(_ kind: TrackKind, open: Bool) -> String {
        switch kind {
        case .audio: open ? "microphone" : "microphone (muted)"
        case .video: open ? "camera" : "camera (off)"
        case .screen: open ? "screen" : "screen (off)"
        }
    }

    static func isClosed(_ text: String?) -> Bool {
        guard let text else { return false }
        return text.hasSuffix("(muted)") || text.hasSuffix("(off)")
    }

    static func isScreen(_ text: String?) -> Bool {
        text?.lowercased().hasPrefix("screen") ?? false
    }
}
