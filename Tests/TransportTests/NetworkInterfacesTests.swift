import Base
import Testing

@testable import Transport

@Suite struct NetworkInterfacesTests {
    /// A host of many containers has hundreds of addresses.
    @Test func aListThatIsLongerThanExpectedLosesNothing() throws {
        let all = try NetworkInterfaces.assigned()
        #expect(all.contains(.v4(0x7F00_0001)))
        #expect(try NetworkInterfaces.assigned(expecting: 1) == all)
    }
}
