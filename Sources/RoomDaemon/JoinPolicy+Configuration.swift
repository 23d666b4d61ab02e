import ConfigurationFile
import Scheduling

extension JoinPolicy {
    /// The `[join]` section.
    init(_ join: RoomConfiguration.Join) {
        self.init(
            rule: Rule(rawValue: join.policy.rawValue) ?? .always, organizers: join.organizers,
            countdown: join.countdown, early: join.early, late: join.late, overstay: join.overstay, alone: join.alone)
    }
}
