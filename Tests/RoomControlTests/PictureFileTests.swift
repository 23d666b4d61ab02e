import FoundationEssentials
import Glibc
import Testing

@testable import RoomControl

@Suite struct PictureFileTests {
    private func failure(writingTo path: String) -> String? {
        do throws(CommandFailure) {
            try PictureFile.write([1, 2, 3], to: path)
            return nil
        } catch {
            #expect(error.exitStatus == 1)
            return error.text(namingMethods: false)
        }
    }

    @Test func whatCannotBeWrittenIsSaidPlainly() {
        #expect(
            failure(writingTo: "/nowhere/a.png")
                == "The picture cannot be written to /nowhere/a.png: there is no folder /nowhere/. Make it first, or name another file."
        )
        #expect(
            failure(writingTo: "/tmp")
                == "The picture cannot be written to /tmp: it is a folder. Name a file in it, such as /tmp/room.png.")
        #expect(failure(writingTo: "/dev/full")?.contains("there is no space left") == true)
        #expect(PictureFile.refusal(EACCES, at: "/srv/a.png").contains("you may not write there"))
        #expect(PictureFile.refusal(EROFS, at: "/mnt/a.png").contains("nothing can be written to that disk"))
        #expect(!PictureFile.refusal(ENOENT, at: "\u{1B}[2J/a").contains("\u{1B}"))
    }

    @Test func aPictureIsWrittenOverAnOlderOne() throws {
        let path = FileManager.default.temporaryDirectory.path() + "/picture-\(UUID().uuidString).png"
        defer { unlink(path) }
        try PictureFile.write([UInt8](repeating: 7, count: 100_000), to: path)
        try PictureFile.write([1, 2, 3], to: path)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
    }

    @Test func aTerminalGetsNoPicture() {
        #expect(PictureFile.refusal(of: "-", outputIsTerminal: true)?.contains("roomctl snapshot - > room.png") == true)
        #expect(PictureFile.refusal(of: "-", outputIsTerminal: false) == nil)
        #expect(PictureFile.refusal(of: "a.png", outputIsTerminal: true) == nil)
        #expect(PictureFile.refusal(of: "", outputIsTerminal: false) != nil)
    }
}
