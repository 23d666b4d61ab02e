import CTestSupport
import Glibc

/// Swift objects made, and how much more memory is in use after than before.
public struct AllocationCount {
    public private(set) var objects = 0
    public private(set) var bytes = 0

    public init() {}

    private typealias Allocate = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?
    nonisolated(unsafe) private static var original: Allocate?
    nonisolated(unsafe) private static var made = 0

    private static let counting: Allocate = { metadata, size, alignment in
        AllocationCount.made &+= 1
        return AllocationCount.original!(metadata, size, alignment)
    }

    /// The runtime lets instruments replace its allocator (swift/Runtime/HeapObject.h).
    nonisolated(unsafe) private static let hook:
        (function: UnsafeMutablePointer<Allocate>, isOn: UnsafeMutablePointer<Bool>) = {
            let library = dlopen(nil, RTLD_NOW)
            let switchName = "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly"
            guard let function = dlsym(library, "_swift_allocObject"), let isOn = dlsym(library, switchName) else {
                fatalError("the Swift runtime has no allocation hook")
            }
            let place = function.assumingMemoryBound(to: Allocate.self)
            original = place.pointee
            return (place, isOn.assumingMemoryBound(to: Bool.self))
        }()

    /// Adds what `body` allocates. On one thread at a time.
    public mutating func measure(_ body: () -> Void) {
        let hook = Self.hook
        let before = ctestsupport_heap_bytes()
        Self.made = 0
        hook.function.pointee = Self.counting
        hook.isOn.pointee = true
        body()
        hook.isOn.pointee = false
        hook.function.pointee = Self.original!
        objects += Self.made
        bytes += Int(ctestsupport_heap_bytes() - before)
    }
}
