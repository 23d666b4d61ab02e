import Testing

/// Calls with parties that we did not write: aiortc (Python, own ICE, OpenSSL, libvpx through FFmpeg) and Chrome's
/// engine (libwebrtc), both driven by `tools/peers/peer.py`.
///
/// One after the other: each call wants a core for itself. aiortc needs an address that is not loopback.
@Suite(.serialized, .timeLimit(.minutes(3)))
enum InteropTests {}
