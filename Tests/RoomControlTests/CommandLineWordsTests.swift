import ControlAPI
import Testing

@testable import RoomControl

@Suite struct CommandLineWordsTests {
    /// What somebody is told about wrong usage.
    private func complaint(_ arguments: String...) -> String? {
        do throws(CommandFailure) {
            _ = try CommandLineWords.arranged(arguments)
            return nil
        } catch {
            #expect(error.exitStatus == 2)
            return error.text(namingMethods: false)
        }
    }

    @Test(arguments: [
        ("stauts", "status"), ("jion", "join"), ("particpants", "participants"), ("part", "participants"),
        ("STATUS", "status"), ("dismiss", "schedule dismiss"), ("mute-al", "mute-all"), ("snapshoot", "snapshot"),
    ])
    func aMisspeltCommandIsRecognized(word: String, meant: String) {
        #expect(complaint(word) == "There is no command '\(word)'. Did you mean '\(meant)'?")
        #expect(complaint("--socket", "/s", word) == "There is no command '\(word)'. Did you mean '\(meant)'?")
        #expect(complaint("help", word) == "There is no command '\(word)'. Did you mean '\(meant)'?")
    }

    @Test func aMisspeltPartOfACommandIsRecognized() {
        #expect(complaint("record", "stpo") == "There is no command 'record stpo'. Did you mean 'record stop'?")
        #expect(
            complaint("--json", "schedule", "dismis", "x")
                == "There is no command 'schedule dismis'. Did you mean 'schedule dismiss'?")
        #expect(
            complaint("devices", "zzz")
                == "There is no command 'devices zzz'. 'roomctl devices --help' lists those that there are.")
    }

    @Test func whatResemblesNothingGetsTheList() {
        #expect(complaint("xyzzyx") == "There is no command 'xyzzyx'. 'roomctl --help' lists those that there are.")
        let long = String(repeating: "a", count: 10_000)
        #expect(complaint(long)?.contains("--help") == true)
    }

    @Test func aCommandWithoutItsSecondWordAsksForIt() {
        #expect(complaint("record") == "'record' needs one more word: start or stop.")
        #expect(complaint("--json", "message") == "'message' needs one more word: show or clear.")
        #expect(complaint("record", "--help") == nil)
        #expect(complaint("help", "record") == nil)
        #expect(complaint("schedule") == nil)
    }

    @Test func anOptionWithoutACommandSaysWhatIsMissing() {
        #expect(
            complaint("--socket", "/s")
                == "A command is missing, such as 'roomctl --socket /s status'. 'roomctl --help' lists the commands.")
        #expect(complaint("--json")?.contains("'roomctl --json status'") == true)
        #expect(complaint("--socket")?.contains("--socket needs the path") == true)
        #expect(complaint() == nil)
    }

    @Test func negativeNumbersAreNumbers() throws {
        #expect(try CommandLineWords.arranged(["volume", "-5", "--json"]) == ["volume", "--json", "--", "-5"])
        #expect(try CommandLineWords.arranged(["--json", "volume", "-5"]) == ["volume", "--json", "--", "-5"])
        #expect(try CommandLineWords.arranged(["snapshot", "--width", "-5", "x"]) == ["snapshot", "--width=-5", "x"])
        #expect(try CommandLineWords.arranged(["snapshot", "-"]) == ["snapshot", "-"])
        #expect(try CommandLineWords.arranged(["pin", "--", "-5"]) == ["pin", "--", "-5"])
        do {
            _ = try RoomControl.command(for: ["volume", "-5"])
            Issue.record("A volume of -5 was taken.")
        } catch {
            #expect("\(error)".contains("The volume is a number from 0 to 100; came -5."))
        }
    }
}
