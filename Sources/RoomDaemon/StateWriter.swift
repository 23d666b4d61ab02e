import Base
import Media
import Room

/// Saves the room's memory on a thread of its own: a disk may take as long as it likes. Of several that wait the newest
/// is saved, which says all that the others do.
final class StateWriter: Sendable {
    typealias Save = @Sendable (RoomMemory) throws(StateStore.Problem) -> Void

    private struct Work: Sendable {
        var wanted: (number: UInt64, memory: RoomMemory)?
        var isStopping = false
    }

    private let save: Save
    private let work = Monitor(Work())

    init(save: @escaping Save) {
        self.save = save
    }

    /// - Parameter done: called on the thread: everything up to this number is saved, or why it is not.
    func start(done: @escaping @Sendable (UInt64, _ problem: String?) -> Void) throws {
        // Nobody waits for its end: the disk may hang.
        _ = try DeviceThread(name: "state") { [self] in
            while let (number, memory) = next() {
                do throws(StateStore.Problem) {
                    try save(memory)
                    done(number, nil)
                } catch {
                    done(number, error.description)
                }
            }
        }
    }

    /// - Parameter number: higher than the last.
    func save(_ memory: RoomMemory, number: UInt64) {
        work.update { $0.wanted = (number, memory) }
    }

    /// Ends the thread when what waits is saved.
    func stop() {
        work.update { $0.isStopping = true }
    }

    private func next() -> (UInt64, RoomMemory)? {
        let next: (UInt64, RoomMemory)?? = work.wait(until: .distantFuture) { work in
            if let wanted = work.wanted {
                work.wanted = nil
                return .some((wanted.number, wanted.memory))
            }
            return work.isStopping ? .some(nil) : nil
        }
        return next ?? nil
    }
}
