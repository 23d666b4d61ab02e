import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import Hardware

/// In steady state capturing allocates nothing, but for what libjpeg takes for a picture and gives back.
@Suite struct CameraAllocationTests {
    /// In a process of its own, because the heap's books are the whole process's.
    @Test func capturingAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let counts = try Self.capture(pictures: 300)
            exit(
                counts.count == 200 && counts.allSatisfy { $0.objects == 0 && $0.bytes == 0 }
                    ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    /// Every fifth picture is damaged.
    private static func capture(pictures: Int) throws -> [AllocationCount] {
        let system = EndlessVideoNode()
        let camera = HotPlugCamera(
            "auto", wanted: VideoFormat(width: 64, height: 48, frameRate: 30), system: system,
            locator: system.driver.locator)
        let pool = FramePool(capacity: 2)
        var counts: [AllocationCount] = []
        for picture in 0..<pictures {
            var count = AllocationCount()
            var isThere = false
            count.measure {
                isThere = (try? camera.capture(from: pool, until: system.now + .milliseconds(100))) != nil
            }
            guard isThere else { throw DeviceError(.failed, "no picture") }
            if picture >= 100 { counts.append(count) }
        }
        guard camera.statistics.damaged > 0 else { throw DeviceError(.failed, "nothing was damaged") }
        return counts
    }
}
