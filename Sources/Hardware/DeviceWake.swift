/// Why a wait for a device has ended.
enum DeviceWake: Hashable {
    case readable, signalled, timedOut
}
