import CV4L2

/// The names of the controls that a room has use for, and V4L2's numbers for them.
enum CameraControlCatalogue {
    /// What is automatic comes before what it governs.
    static let all: [(name: String, id: UInt32)] = [
        ("brightness", cv4l2_cid_brightness),
        ("contrast", cv4l2_cid_contrast),
        ("saturation", cv4l2_cid_saturation),
        ("hue", cv4l2_cid_hue),
        ("gamma", cv4l2_cid_gamma),
        ("gain", cv4l2_cid_gain),
        ("sharpness", cv4l2_cid_sharpness),
        ("backlightCompensation", cv4l2_cid_backlight_compensation),
        ("powerLineFrequency", cv4l2_cid_power_line_frequency),
        ("whiteBalanceAutomatic", cv4l2_cid_white_balance_automatic),
        ("whiteBalanceTemperature", cv4l2_cid_white_balance_temperature),
        ("exposureMode", cv4l2_cid_exposure_mode),
        ("exposureDynamicRate", cv4l2_cid_exposure_dynamic_rate),
        ("exposureTime", cv4l2_cid_exposure_time),
        ("exposureBias", cv4l2_cid_exposure_bias),
        ("focusAutomatic", cv4l2_cid_focus_automatic),
        ("focus", cv4l2_cid_focus),
        ("zoom", cv4l2_cid_zoom),
        ("pan", cv4l2_cid_pan),
        ("tilt", cv4l2_cid_tilt),
    ]

    static func name(of id: UInt32) -> String? {
        all.first { $0.id == id }?.name
    }

    static func rank(of name: String) -> Int {
        all.firstIndex { $0.name == name } ?? all.count
    }
}
