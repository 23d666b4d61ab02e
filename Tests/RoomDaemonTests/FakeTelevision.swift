import Media

@testable import RoomDaemon

/// Keeps what it was told.
final class FakeTelevision: Television {
    let told = Monitor([String]())

    func wake() { told.update { $0.append("wake") } }
    func sleep() { told.update { $0.append("sleep") } }
}
