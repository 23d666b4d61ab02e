/// What was closed for a join, so that nobody hears or sees the room before it has entered as it was asked to: opened again
/// should the join come to nothing.
struct ClosedDevices: Hashable, Sendable {
    var microphone = false
    var camera = false

    mutating func formUnion(_ other: ClosedDevices) {
        microphone = microphone || other.microphone
        camera = camera || other.camera
    }
}
