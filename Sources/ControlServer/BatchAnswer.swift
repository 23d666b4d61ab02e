import ControlAPI
import JSON

/// Gathers the answers of one batch (JSON-RPC 2.0 §6), in the order of their requests.
final class BatchAnswer {
    private var slots: [JSONValue?]
    private var open: Int
    private let completion: (JSONValue?) -> Void

    /// - Parameter completion: given the array, or nil when all were notifications.
    init(count: Int, completion: @escaping (JSONValue?) -> Void) {
        slots = Array(repeating: nil, count: count)
        open = count
        self.completion = completion
    }

    func finish(_ index: Int, _ response: RPCResponse?) {
        slots[index] = response?.json
        open -= 1
        guard open == 0 else { return }
        let answers = slots.compactMap { $0 }
        completion(answers.isEmpty ? nil : .array(answers))
    }
}
