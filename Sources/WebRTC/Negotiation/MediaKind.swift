import SDP

/// What a transceiver carries.
public enum MediaKind: String, Hashable, Sendable, CaseIterable {
    case audio, video

    var mediaType: MediaType {
        switch self {
        case .audio: .audio
        case .video: .video
        }
    }

    init?(_ type: MediaType) {
        switch type {
        case .audio: self = .audio
        case .video: self = .video
        case .application, .other: return nil
        }
    }
}
