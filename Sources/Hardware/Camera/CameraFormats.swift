public import Media

/// What a camera offers, for people who choose.
public struct CameraFormats: Sendable {
    /// One size in one pixel format, at the highest rate.
    public struct Offer: Hashable, Sendable {
        public var format: VideoFormat
        /// V4L2's four characters: `MJPG`, `YUYV`.
        public var pixelFormat: String
    }

    /// More than anybody reads; drivers that offer every size in steps are told with the ends of their ranges.
    private static let most = 64

    private let path: String
    private let system: any VideoNodeSystem

    /// - Parameter path: a node or a link to one.
    public init(path: String) {
        self.init(path: path, system: LinuxVideoNodes())
    }

    init(path: String, system: any VideoNodeSystem) {
        self.path = path
        self.system = system
    }

    /// Takes some milliseconds, and disturbs nobody who streams.
    public func all() throws(DeviceError) -> [Offer] {
        do throws(VideoCallFailure) {
            return try Self.read(VideoNode(path: path, system: system))
        } catch {
            throw error.error(on: path)
        }
    }

    private static func read(_ node: borrowing VideoNode) throws(VideoCallFailure) -> [Offer] {
        var offers: [Offer] = []
        for index in 0..<most {
            guard let fourCC = try node.system.pixelFormat(node.handle, at: index) else { break }
            let name = NodeFormat(fourCC: fourCC, width: 0, height: 0, stride: 0).fourCCText
            for (width, height) in try sizes(of: fourCC, node) where offers.count < most {
                let rate = try rate(of: fourCC, width, height, node)
                offers.append(
                    Offer(format: VideoFormat(width: width, height: height, frameRate: rate), pixelFormat: name))
            }
        }
        return offers
    }

    private static func sizes(
        of fourCC: UInt32, _ node: borrowing VideoNode
    ) throws(VideoCallFailure) -> [(Int, Int)] {
        var sizes: [(Int, Int)] = []
        for index in 0..<most {
            guard let offered = try node.system.sizes(node.handle, of: fourCC, at: index) else { break }
            guard offered.isPossible else { continue }
            sizes.append((offered.width.lowerBound, offered.height.lowerBound))
            guard offered.width.count > 1 || offered.height.count > 1 else { continue }
            sizes.append((offered.width.upperBound, offered.height.upperBound))
        }
        return sizes
    }

    /// - Returns: 0 where the device does not say.
    private static func rate(
        of fourCC: UInt32, _ width: Int, _ height: Int, _ node: borrowing VideoNode
    ) throws(VideoCallFailure) -> Double {
        var highest = 0.0
        for index in 0..<most {
            guard
                let offered = try node.system.intervals(
                    node.handle, of: fourCC, width: width, height: height, at: index)
            else { break }
            highest = max(highest, offered.shortest.rate)
        }
        return (highest * 100).rounded() / 100
    }
}
