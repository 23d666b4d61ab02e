/// What has properties.
enum KMSObjectKind: Hashable {
    case connector, crtc, plane
}
