import Base
import Janus
import Meeting

/// The two media connections behind a service: we offer on one and are offered on the other.
///
/// A seam: the real ones live on the media thread; tests put in others that connect at once or never.
protocol MediaPeers: Sendable {
    /// A fresh publisher connection for these kinds, replacing an old one.
    func makePublisherOffer(_ kinds: [TrackKind]) async throws -> (sdp: String, mids: [String])
    /// A new offer on the publisher connection there is: with another ICE session, over the addresses there are now.
    func makeRestartOffer() async throws -> (sdp: String, mids: [String])
    func applyPublisherAnswer(_ sdp: String) async throws
    /// The subscriber connection is made with the first offer.
    func answerSubscriberOffer(_ sdp: String) async throws -> String
    func add(_ candidate: String?, mid: String?, to peer: JanusPeer) async
    /// What comes in on which section of the subscriber connection.
    func receive(_ tracks: [SubscribedTrack]) async
    func close(_ peer: JanusPeer) async
    /// When anything came in last on each connection; without those on which nothing has.
    var heardAt: [JanusPeer: Instant] { get async }
    /// What has come of all pictures, copies left out; nil before there are any.
    var receivedPictures: ReceivedPictures? { get async }
    /// The connections whose address the machine does not have any more.
    var uprooted: Set<JanusPeer> { get async }
    /// Gives up what hangs on addresses that the machine does not have any more, where there is something else.
    func removeLostSockets() async
    /// Has a key frame made of every picture that is sent.
    func refreshPictures() async
    /// Closes both for good. A description that is being made meanwhile fails, and leaves nothing behind.
    func shutDown() async
}

/// What the connections tell.
enum PeerEvent: Sendable {
    /// A candidate of ours to be trickled; nil: there are no more.
    case candidate(JanusPeer, String?)
    case connected(JanusPeer)
    /// Nobody answers on it any more; it may come back.
    case disconnected(JanusPeer)
    case failed(JanusPeer, String)
}

/// Makes the connections of one session and is told by them; `report` may be called from any thread.
typealias MediaPeersFactory = @Sendable (_ report: @escaping @Sendable (PeerEvent) -> Void) -> any MediaPeers
