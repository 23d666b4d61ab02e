import Hardware
import Logging
import Media
import Synchronization

/// What turns the screen behind the display on and off.
protocol Television: AnyObject, Sendable {
    func wake()
    func sleep()
}

/// A television at the end of an HDMI cable, steered by CEC. Nobody ever waits for it.
final class CECTelevision: Television {
    private struct State: Sendable {
        var adapter: CECAdapter?
        /// What the display has told before the adapter was there.
        var connection: DisplayConnection??
        var isAwake: Bool?
    }

    private let path: String
    private let name: String
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - path: `auto` or that of an adapter.
    ///   - name: what the television calls the room.
    init(path: String, name: String, logger: Logger) {
        self.path = path
        self.name = name
        self.logger = logger
    }

    /// - Parameter onActivity: somebody has chosen the room with the television's remote control; on a thread of the
    ///   adapter's.
    func start(onActivity: @escaping @Sendable () -> Void) {
        let logger = logger
        let adapter = CECAdapter(adapter: path, name: name) { news in
            switch news {
            case .selected:
                logger.info("the television shows the room")
                onActivity()
            case .deselected: logger.info("the television shows something else")
            case .televisionOn: logger.info("the television is on")
            case .televisionStandby: logger.info("the television is in standby")
            case .reachable: logger.notice("the television answers by CEC")
            // A computer without an adapter is nothing that anybody has to see to.
            case .unreachable(let error) where error.reason == .unknown:
                logger.info("no television by CEC", metadata: ["reason": "\(error)"])
            case .unreachable(let error):
                logger.warning("the television does not answer by CEC", metadata: ["reason": "\(error)"])
            }
        }
        state.withLock { state in
            state.adapter = adapter
            if let connection = state.connection { adapter.follow(connection) }
            if let isAwake = state.isAwake { isAwake ? adapter.wake() : adapter.sleep() }
        }
    }

    /// What `KMSDisplay` tells of its connector.
    func follow(_ connection: DisplayConnection?) {
        state.withLock { state in
            state.connection = .some(connection)
            state.adapter?.follow(connection)
        }
    }

    func wake() { set(isAwake: true) }

    func sleep() { set(isAwake: false) }

    private func set(isAwake: Bool) {
        state.withLock { state in
            state.isAwake = isAwake
            isAwake ? state.adapter?.wake() : state.adapter?.sleep()
        }
    }

    func stop() {
        state.withLock { $0.adapter.take() }?.stop()
    }
}
