/// How a picture fills a tile of another shape.
public enum PictureFill: Hashable, Sendable {
    /// All of the picture is seen, with bars beside it.
    case fit
    /// All of the tile is filled, the picture's edges are cut.
    case crop

    /// The most of a camera picture that is cut rather than shown with bars: 4:3 into 16:9 (25 %) is, upright phones
    /// into 16:9 are not.
    static let largestCut = 0.3

    /// What suits a picture in a tile: a shared screen is never cut, a camera only by `largestCut`.
    public static func suitable(pictureAspect: Double, tileAspect: Double, isScreenShare: Bool) -> PictureFill {
        guard !isScreenShare else { return .fit }
        let kept = min(pictureAspect, tileAspect) / max(pictureAspect, tileAspect)
        return 1 - kept <= largestCut ? .crop : .fit
    }
}
