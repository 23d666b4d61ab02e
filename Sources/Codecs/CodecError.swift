import COpus
import CVPX

/// A codec refused its parameters or its input.
public enum CodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The library did not accept a setting: our own configuration is wrong, or there is no memory.
    case refused(what: String, why: String)
    /// The packet or picture from outside is damaged. A video decoder then waits for a key frame.
    case damaged(why: String)
    /// The picture refers to one that was lost or damaged: ask the sender for a key frame.
    case keyFrameNeeded
    /// The picture is larger than what is decoded here.
    case tooLarge(width: Int, height: Int, limit: Int)

    public var description: String {
        switch self {
        case .refused(let what, let why): "\(what) failed: \(why)"
        case .damaged(let why): "the encoded data are damaged: \(why)"
        case .keyFrameNeeded: "the picture refers to one that is missing; a key frame is needed"
        case .tooLarge(let width, let height, let limit):
            "expected a picture of at most \(limit) by \(limit), but it has \(width) by \(height)"
        }
    }
}

/// Throws what libopus says of a negative result.
func checkOpus(_ result: Int32, _ what: String) throws(CodecError) {
    guard result < 0 else { return }
    throw .refused(what: what, why: String(cString: opus_strerror(result)))
}

/// Throws what libvpx says of a result other than OK.
func checkVPX(_ result: vpx_codec_err_t, _ what: String) throws(CodecError) {
    guard result != VPX_CODEC_OK else { return }
    throw .refused(what: what, why: String(cString: vpx_codec_err_to_string(result)))
}
