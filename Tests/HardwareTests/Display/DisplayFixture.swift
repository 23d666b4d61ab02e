import Base
import Media
import Synchronization
import Testing

@testable import Hardware

/// A display on a fake card, and what drives it as the daemon's display thread does.
final class DisplayFixture: @unchecked Sendable {
    let graphics: FakeGraphics
    var display: KMSDisplay!
    private let connections = Mutex<[DisplayConnection?]>([])

    static func card(_ number: Int = 0) -> FakeCardHardware {
        FakeCardHardware(
            number,
            ports: [
                .init(id: 51, name: "DP-1"), .init(id: 52, name: "HDMI-A-1"), .init(id: 53, name: "HDMI-A-2"),
            ])
    }

    var card: FakeCardHardware { graphics.hardware[0] }
    var told: [DisplayConnection?] { connections.withLock { $0 } }

    init(_ specification: String = "auto", mode: DisplayModeRequest? = nil, cards: FakeCardHardware...) {
        graphics = FakeGraphics()
        graphics.hardware = cards.isEmpty ? [Self.card()] : cards
        for card in graphics.hardware { card.system = graphics }
        display = KMSDisplay(system: graphics, specification: specification, mode: mode) { [unowned self] connection in
            connections.withLock { $0.append(connection) }
        }
    }

    /// Draws a picture all of one word and shows it.
    @discardableResult
    func draw(_ word: UInt32, taking time: Duration = .milliseconds(2), damage: [DisplayRect] = []) throws -> Instant {
        let buffer = try display.nextBuffer()
        graphics.pass(time)
        for row in 0..<buffer.height {
            let start = (buffer.pixels + row * buffer.stride).assumingMemoryBound(to: UInt32.self)
            start.update(repeating: word, count: buffer.width)
        }
        return try display.flip(damage: damage)
    }

    /// As the daemon's loop: draws where it can, and after an error tries again 200 ms later.
    /// - Parameter pause: between pictures, to have fewer.
    /// - Returns: pictures drawn, and errors met.
    @discardableResult
    func run(
        for duration: Duration, word: UInt32 = 7, pause: Duration = .zero
    ) -> (drawn: Int, errors: [DeviceError]) {
        var (drawn, errors): (Int, [DeviceError]) = (0, [])
        let end = graphics.now + duration
        while graphics.now < end {
            do {
                try draw(word)
                drawn += 1
                graphics.pass(pause)
            } catch {
                errors.append(error as! DeviceError)
                graphics.pass(.milliseconds(200))
            }
        }
        return (drawn, errors)
    }

    func lost(_ body: () throws -> Void) -> DeviceError? {
        do { try body() } catch { return error as? DeviceError }
        return nil
    }

    /// Nothing is left, and no rule was broken.
    func expectClean(_ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(graphics.violations.isEmpty, comment, sourceLocation: sourceLocation)
        display.stop()
        display = nil
        #expect(graphics.held == 0, comment, sourceLocation: sourceLocation)
        #expect(graphics.violations.isEmpty, comment, sourceLocation: sourceLocation)
    }
}
