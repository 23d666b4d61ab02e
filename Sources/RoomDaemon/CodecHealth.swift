import Codecs
import Conferencing
import ConfigurationFile
import WebRTC

/// What health says of the codec that our pictures are sent in.
enum CodecHealth {
    static let code = "meeting.codec"

    /// - Returns: nil while all is as the configuration wants it, and outside meetings.
    static func problem(wanted: VideoCodec, _ pictures: OutgoingPictures) -> String? {
        switch pictures {
        case .unsettled: return nil
        case .refused:
            let all = VideoCodec.allCases.map(\.description).joined(separator: " nor ")
            return "The meeting takes neither \(all): the room's picture is not sent."
        case .encoded(let codec):
            guard let sent = VideoCodec(codec), sent != wanted else { return nil }
            return
                "The meeting takes no \(wanted), which [video] codec asks for: the room's picture is sent as \(sent)."
        }
    }
}

extension VideoCodec {
    init(_ codec: RoomConfiguration.Video.Codec) {
        switch codec {
        case .vp8: self = .vp8
        case .vp9: self = .vp9
        }
    }

    /// nil for sound.
    init?(_ codec: Codec) {
        switch codec {
        case .opus: return nil
        case .vp8: self = .vp8
        case .vp9: self = .vp9
        }
    }
}

extension Codec {
    init(_ codec: VideoCodec) {
        switch codec {
        case .vp8: self = .vp8
        case .vp9: self = .vp9
        }
    }
}
