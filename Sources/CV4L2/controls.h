// Brightness, focus, zoom and the like.

#ifndef CV4L2_CONTROLS_H
#define CV4L2_CONTROLS_H

struct cv4l2_control {
    uint32_t id;
    /// V4L2_CTRL_TYPE_…
    uint32_t type;
    int32_t minimum, maximum, step, default_value;
    int is_disabled, is_read_only, is_inactive;
    char name[33];
};

static const uint32_t cv4l2_control_integer = V4L2_CTRL_TYPE_INTEGER;
static const uint32_t cv4l2_control_boolean = V4L2_CTRL_TYPE_BOOLEAN;
static const uint32_t cv4l2_control_menu = V4L2_CTRL_TYPE_MENU;
static const uint32_t cv4l2_control_integer_menu = V4L2_CTRL_TYPE_INTEGER_MENU;

static const uint32_t cv4l2_cid_brightness = V4L2_CID_BRIGHTNESS;
static const uint32_t cv4l2_cid_contrast = V4L2_CID_CONTRAST;
static const uint32_t cv4l2_cid_saturation = V4L2_CID_SATURATION;
static const uint32_t cv4l2_cid_hue = V4L2_CID_HUE;
static const uint32_t cv4l2_cid_gamma = V4L2_CID_GAMMA;
static const uint32_t cv4l2_cid_gain = V4L2_CID_GAIN;
static const uint32_t cv4l2_cid_sharpness = V4L2_CID_SHARPNESS;
static const uint32_t cv4l2_cid_backlight_compensation = V4L2_CID_BACKLIGHT_COMPENSATION;
static const uint32_t cv4l2_cid_power_line_frequency = V4L2_CID_POWER_LINE_FREQUENCY;
static const uint32_t cv4l2_cid_white_balance_automatic = V4L2_CID_AUTO_WHITE_BALANCE;
static const uint32_t cv4l2_cid_white_balance_temperature = V4L2_CID_WHITE_BALANCE_TEMPERATURE;
static const uint32_t cv4l2_cid_exposure_mode = V4L2_CID_EXPOSURE_AUTO;
static const uint32_t cv4l2_cid_exposure_time = V4L2_CID_EXPOSURE_ABSOLUTE;
static const uint32_t cv4l2_cid_exposure_bias = V4L2_CID_AUTO_EXPOSURE_BIAS;
static const uint32_t cv4l2_cid_exposure_dynamic_rate = V4L2_CID_EXPOSURE_AUTO_PRIORITY;
static const uint32_t cv4l2_cid_focus_automatic = V4L2_CID_FOCUS_AUTO;
static const uint32_t cv4l2_cid_focus = V4L2_CID_FOCUS_ABSOLUTE;
static const uint32_t cv4l2_cid_pan = V4L2_CID_PAN_ABSOLUTE;
static const uint32_t cv4l2_cid_tilt = V4L2_CID_TILT_ABSOLUTE;
static const uint32_t cv4l2_cid_zoom = V4L2_CID_ZOOM_ABSOLUTE;

/// The control with the next higher id (VIDIOC_QUERYCTRL). −EINVAL after the last.
static inline int cv4l2_control_after(int descriptor, uint32_t id, struct cv4l2_control *control) {
    struct v4l2_queryctrl answer;
    memset(&answer, 0, sizeof answer);
    memset(control, 0, sizeof *control);
    answer.id = id | V4L2_CTRL_FLAG_NEXT_CTRL;
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERYCTRL, &answer);
    if (result < 0) return result;
    control->id = answer.id;
    control->type = answer.type;
    control->minimum = answer.minimum;
    control->maximum = answer.maximum;
    control->step = answer.step;
    control->default_value = answer.default_value;
    control->is_disabled = (answer.flags & V4L2_CTRL_FLAG_DISABLED) != 0;
    control->is_read_only = (answer.flags & V4L2_CTRL_FLAG_READ_ONLY) != 0;
    control->is_inactive = (answer.flags & (V4L2_CTRL_FLAG_INACTIVE | V4L2_CTRL_FLAG_GRABBED)) != 0;
    memcpy(control->name, answer.name, sizeof answer.name);
    return 0;
}

static inline const char *cv4l2_control_name(const struct cv4l2_control *control) { return control->name; }

/// What a menu calls its entry `index`, in 33 bytes (VIDIOC_QUERYMENU). −EINVAL where the menu has a hole.
static inline int cv4l2_menu_entry(int descriptor, uint32_t id, uint32_t index, int is_integer, char *name) {
    struct v4l2_querymenu answer;
    memset(&answer, 0, sizeof answer);
    answer.id = id;
    answer.index = index;
    int result = cv4l2_ioctl(descriptor, VIDIOC_QUERYMENU, &answer);
    if (result < 0) return result;
    if (is_integer) {
        snprintf(name, 33, "%lld", (long long)answer.value);
    } else {
        memcpy(name, answer.name, 32);
        name[32] = 0;
    }
    return 0;
}

static inline int cv4l2_control_get(int descriptor, uint32_t id, int32_t *value) {
    struct v4l2_control control = {.id = id};
    int result = cv4l2_ioctl(descriptor, VIDIOC_G_CTRL, &control);
    *value = control.value;
    return result;
}

static inline int cv4l2_control_set(int descriptor, uint32_t id, int32_t value) {
    struct v4l2_control control = {.id = id, .value = value};
    return cv4l2_ioctl(descriptor, VIDIOC_S_CTRL, &control);
}

#endif
