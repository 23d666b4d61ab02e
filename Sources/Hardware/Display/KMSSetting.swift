/// One property of one object in a commit.
struct KMSSetting: Hashable {
    var object: UInt32
    var property: UInt32
    var value: UInt64
}
