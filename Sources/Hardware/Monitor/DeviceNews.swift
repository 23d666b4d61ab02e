/// Where word of devices comes from; `UdevNews` is the machine's.
protocol DeviceNews: AnyObject, Sendable {
    /// Readable when there are news.
    var descriptor: Int32 { get }
    func next() -> DeviceNewsItem
}

/// What a look for news finds.
enum DeviceNewsItem: Hashable, Sendable {
    case change(DeviceChange)
    /// About something else.
    case irrelevant
    /// There were more than could be kept.
    case missed
    /// No more for now.
    case none
    /// The source has failed, with a positive errno, and will not recover.
    case failed(Int32)
}
