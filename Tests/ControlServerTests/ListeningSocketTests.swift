import Glibc
import TestSupport
import Testing

@testable import ControlServer

@Suite struct ListeningSocketTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path(of: "control.sock")
    }

    @Test func theFileIsForEverybodyAndGoesAwayWithItsSocket() throws {
        let socket = try ListeningSocket(.path(path))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o666)
        close(socket.descriptor)
        socket.removeFile()
        #expect(access(path, F_OK) != 0)
    }

    @Test func aFileLeftOverIsReplacedButOneInUseIsNot() throws {
        let dead = try ListeningSocket(.path(path))
        close(dead.descriptor)
        let live = try ListeningSocket(.path(path))
        #expect(throws: ControlServerError.inUse(path: path)) { try ListeningSocket(.path(path)) }
        unlink(path)
        let next = try ListeningSocket(.path(path))
        live.removeFile()
        #expect(access(path, F_OK) == 0, "the file is not the first socket's any more")
        for socket in [live, next] { close(socket.descriptor) }
        next.removeFile()
    }

    @Test func whatIsNoSocketIsLeftAlone() throws {
        try folder.file("control.sock")
        #expect(throws: ControlServerError.notASocket(path: path)) { try ListeningSocket(.path(path)) }
        #expect(access(path, F_OK) == 0)
        #expect(throws: ControlServerError.self) { try ListeningSocket(.path("/nowhere/at/all.sock")) }
        let long = "/tmp/" + String(repeating: "x", count: 200)
        #expect(throws: ControlServerError.self) { try ListeningSocket(.path(long)) }
    }

    @Test func anInheritedSocketMustListen() throws {
        let own = try ListeningSocket(.path(path))
        let given = try ListeningSocket(.inherited(descriptor: own.descriptor))
        given.removeFile()
        #expect(access(path, F_OK) == 0, "systemd's file is systemd's")
        close(own.descriptor)
        own.removeFile()
        #expect(throws: ControlServerError.inheritedIsNotListening(descriptor: 0x7FFF)) {
            try ListeningSocket(.inherited(descriptor: 0x7FFF))
        }
    }
}
