/// A way for a picture from a plane through a CRTC to a connector, and what else has to be turned off for it.
struct KMSRoute {
    let connector: KMSProperties
    let crtc: KMSProperties
    let plane: KMSProperties
    /// Whatever earlier masters have left on: this card shows one picture.
    let others: [KMSSetting]

    /// Everything, from nothing.
    func modeset(modeBlob: UInt32, mode: KMSMode, framebuffer: UInt32, isActive: Bool) -> [KMSSetting] {
        let (width, height) = (UInt64(mode.width), UInt64(mode.height))
        var settings = others
        settings += connector.setting("CRTC_ID", UInt64(crtc.object))
        // A link that the kernel has marked bad (1) is trained again when it is said to be good.
        settings += connector.setting("link-status", 0)
        settings += crtc.setting("MODE_ID", UInt64(modeBlob)) + crtc.setting("ACTIVE", isActive ? 1 : 0)
        for leftover in ["GAMMA_LUT", "DEGAMMA_LUT", "CTM"] where crtc.value(leftover) != 0 {
            settings += crtc.setting(leftover, 0)
        }
        settings += plane.setting("FB_ID", UInt64(framebuffer)) + plane.setting("CRTC_ID", UInt64(crtc.object))
        settings += plane.setting("SRC_X", 0) + plane.setting("SRC_Y", 0)
        // 16.16 fixed point.
        settings += plane.setting("SRC_W", width << 16) + plane.setting("SRC_H", height << 16)
        settings += plane.setting("CRTC_X", 0) + plane.setting("CRTC_Y", 0)
        settings += plane.setting("CRTC_W", width) + plane.setting("CRTC_H", height)
        // Bit 0 is "as it is".
        if plane.value("rotation") > 1 { settings += plane.setting("rotation", 1) }
        return settings
    }

    /// The NULL modeset: nothing is shown and nothing is held.
    var off: [KMSSetting] {
        connector.setting("CRTC_ID", 0) + crtc.setting("MODE_ID", 0) + crtc.setting("ACTIVE", 0)
            + plane.setting("FB_ID", 0) + plane.setting("CRTC_ID", 0)
    }

    /// Whether the driver has told all properties without which nothing can be shown.
    var isComplete: Bool {
        connector.id("CRTC_ID") != nil && crtc.id("MODE_ID") != nil && crtc.id("ACTIVE") != nil
            && ["FB_ID", "CRTC_ID", "SRC_X", "SRC_Y", "SRC_W", "SRC_H", "CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H"]
                .allSatisfy { plane.id($0) != nil }
    }
}
