import Synchronization

@testable import Compositor

extension Boundary {
    private struct Painter: ~Copyable {
        let painter = OverlayPainter(language: "en")
    }

    private static let painter = Mutex(Painter())

    /// A text for the display: cleaned, as initials, and painted.
    static func takeText(_ input: [UInt8]) throws(BrokenPromise) {
        let given = String(decoding: input, as: UTF8.self)
        let text = SafeText.clean(given)
        try promise(SafeText.clean(text) == text, "cleaned twice it is another: \(text.debugDescription)")
        try promise(text.unicodeScalars.count <= SafeText.longest, "\(text.unicodeScalars.count) characters are kept")
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            try promise(!isControl && !scalar.properties.isBidiControl, "kept \(scalar.escaped(asASCII: true))")
        }
        let message = SafeText.clean(given, longest: 60, keepsLines: true)
        try promise(SafeText.clean(message, longest: 60, keepsLines: true) == message, "cleaned twice: \(message)")
        // Painting costs a hundred times the rest, and the library below does not tell what it does.
        guard input.count % 16 == 0 else { return _ = Initials.of(text) }
        painter.withLock { painter in
            _ = painter.painter.paint(.text(.init(text: message, size: 12, maxWidth: 120, lines: 2, isCentred: true)))
            _ = painter.painter.paint(.plate(.init(text: text, size: 11, maxWidth: 90)))
            _ = painter.painter.paint(
                .avatar(.init(initials: Initials.of(text), colour: Colour(0x20_40_60), diameter: 24)))
        }
    }
}
