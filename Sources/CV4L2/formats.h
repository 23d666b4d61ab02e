// What a node can deliver, and choosing from it.

#ifndef CV4L2_FORMATS_H
#define CV4L2_FORMATS_H

/// The type of a node's capture queue.
static inline uint32_t cv4l2_type(int is_multiplanar) {
    return is_multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/// The `index`th pixel format (VIDIOC_ENUM_FMT). −EINVAL past the last.
static inline int cv4l2_pixel_format_at(int descriptor, int is_multiplanar, uint32_t index, uint32_t *four_cc) {
    struct v4l2_fmtdesc format;
    memset(&format, 0, sizeof format);
    format.index = index;
    format.type = cv4l2_type(is_multiplanar);
    int result = cv4l2_ioctl(descriptor, VIDIOC_ENUM_FMT, &format);
    *four_cc = format.pixelformat;
    return result;
}

/// Sizes that a driver lists together; a single one where the ends are equal.
struct cv4l2_sizes {
    uint32_t min_width, max_width, step_width, min_height, max_height, step_height;
};

/// The `index`th size or range of sizes (VIDIOC_ENUM_FRAMESIZES). −EINVAL past the last.
static inline int cv4l2_sizes_at(int descriptor, uint32_t four_cc, uint32_t index, struct cv4l2_sizes *sizes) {
    struct v4l2_frmsizeenum answer;
    memset(&answer, 0, sizeof answer);
    answer.index = index;
    answer.pixel_format = four_cc;
    int result = cv4l2_ioctl(descriptor, VIDIOC_ENUM_FRAMESIZES, &answer);
    if (result < 0) return result;
    if (answer.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
        sizes->min_width = sizes->max_width = answer.discrete.width;
        sizes->min_height = sizes->max_height = answer.discrete.height;
        sizes->step_width = sizes->step_height = 1;
    } else {
        sizes->min_width = answer.stepwise.min_width;
        sizes->max_width = answer.stepwise.max_width;
        sizes->step_width = answer.stepwise.step_width;
        sizes->min_height = answer.stepwise.min_height;
        sizes->max_height = answer.stepwise.max_height;
        sizes->step_height = answer.stepwise.step_height;
    }
    return 0;
}

/// Seconds from one picture to the next; a single interval where the ends are equal.
struct cv4l2_intervals {
    uint32_t min_numerator, min_denominator, max_numerator, max_denominator;
};

/// The `index`th interval or range of intervals (VIDIOC_ENUM_FRAMEINTERVALS). −EINVAL past the last.
static inline int cv4l2_intervals_at(int descriptor, uint32_t four_cc, uint32_t width, uint32_t height, uint32_t index,
                                     struct cv4l2_intervals *intervals) {
    struct v4l2_frmivalenum answer;
    memset(&answer, 0, sizeof answer);
    answer.index = index;
    answer.pixel_format = four_cc;
    answer.width = width;
    answer.height = height;
    int result = cv4l2_ioctl(descriptor, VIDIOC_ENUM_FRAMEINTERVALS, &answer);
    if (result < 0) return result;
    int is_discrete = answer.type == V4L2_FRMIVAL_TYPE_DISCRETE;
    struct v4l2_fract min = is_discrete ? answer.discrete : answer.stepwise.min;
    struct v4l2_fract max = is_discrete ? answer.discrete : answer.stepwise.max;
    intervals->min_numerator = min.numerator;
    intervals->min_denominator = min.denominator;
    intervals->max_numerator = max.numerator;
    intervals->max_denominator = max.denominator;
    return 0;
}

/// The shape of pictures in one plane of memory.
struct cv4l2_format {
    uint32_t four_cc, width, height;
    /// Bytes from one row to the next, and of a whole picture at most.
    uint32_t stride, size;
    /// V4L2_FIELD_…
    uint32_t field;
    int is_full_range;
};

/// V4L2_FIELD_… of pictures whose lines are all there, from top to bottom.
static inline int cv4l2_field_is_whole(uint32_t field) {
    return field == V4L2_FIELD_ANY || field == V4L2_FIELD_NONE || field == V4L2_FIELD_INTERLACED ||
           field == V4L2_FIELD_INTERLACED_TB || field == V4L2_FIELD_INTERLACED_BT;
}

static inline int cv4l2_is_full_range(uint32_t colour_space, uint32_t quantization) {
    return quantization == V4L2_QUANTIZATION_FULL_RANGE ||
           (quantization == V4L2_QUANTIZATION_DEFAULT && colour_space == V4L2_COLORSPACE_JPEG);
}

/// Wishes for `four_cc`, `width` and `height`, and tells what it became (VIDIOC_S_FMT). −EPROTO when the device spreads
/// its pictures over several planes of memory.
static inline int cv4l2_set_format(int descriptor, int is_multiplanar, struct cv4l2_format *format) {
    struct v4l2_format answer;
    memset(&answer, 0, sizeof answer);
    answer.type = cv4l2_type(is_multiplanar);
    if (is_multiplanar) {
        answer.fmt.pix_mp.width = format->width;
        answer.fmt.pix_mp.height = format->height;
        answer.fmt.pix_mp.pixelformat = format->four_cc;
        answer.fmt.pix_mp.field = V4L2_FIELD_NONE;
        answer.fmt.pix_mp.num_planes = 1;
    } else {
        answer.fmt.pix.width = format->width;
        answer.fmt.pix.height = format->height;
        answer.fmt.pix.pixelformat = format->four_cc;
        answer.fmt.pix.field = V4L2_FIELD_NONE;
    }
    int result = cv4l2_ioctl(descriptor, VIDIOC_S_FMT, &answer);
    if (result < 0) return result;
    if (is_multiplanar) {
        const struct v4l2_pix_format_mplane *pix = &answer.fmt.pix_mp;
        if (pix->num_planes != 1) return -EPROTO;
        format->four_cc = pix->pixelformat;
        format->width = pix->width;
        format->height = pix->height;
        format->field = pix->field;
        format->stride = pix->plane_fmt[0].bytesperline;
        format->size = pix->plane_fmt[0].sizeimage;
        format->is_full_range = cv4l2_is_full_range(pix->colorspace, pix->quantization);
    } else {
        const struct v4l2_pix_format *pix = &answer.fmt.pix;
        format->four_cc = pix->pixelformat;
        format->width = pix->width;
        format->height = pix->height;
        format->field = pix->field;
        format->stride = pix->bytesperline;
        format->size = pix->sizeimage;
        format->is_full_range = cv4l2_is_full_range(pix->colorspace, pix->quantization);
    }
    return 0;
}

/// Wishes for seconds from one picture to the next, and tells what it became (VIDIOC_S_PARM). −ENOTTY when the device's
/// rate cannot be set.
static inline int cv4l2_set_interval(int descriptor, int is_multiplanar, uint32_t *numerator, uint32_t *denominator) {
    struct v4l2_streamparm answer;
    memset(&answer, 0, sizeof answer);
    answer.type = cv4l2_type(is_multiplanar);
    answer.parm.capture.timeperframe.numerator = *numerator;
    answer.parm.capture.timeperframe.denominator = *denominator;
    int result = cv4l2_ioctl(descriptor, VIDIOC_S_PARM, &answer);
    if (result < 0) return result;
    if (!(answer.parm.capture.capability & V4L2_CAP_TIMEPERFRAME)) return -ENOTTY;
    *numerator = answer.parm.capture.timeperframe.numerator;
    *denominator = answer.parm.capture.timeperframe.denominator;
    return 0;
}

#endif
