/// How the participants share the display, in the words of `layout.set`.
public enum LayoutMode: String, Hashable, Sendable, CaseIterable {
    /// Everybody at one size.
    case grid
    /// The active speaker large, the others in a strip.
    case speaker
    /// The shared screen large, people in a strip; like `speaker` while nobody shares.
    case content
    /// The room's own picture large.
    case selfview
}
