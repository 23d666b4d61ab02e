// libvpx: macros and the variadic vpx_codec_control_ get a function each, because Swift does not import them.
#ifndef CVPX_SHIM_H
#define CVPX_SHIM_H

#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

static inline vpx_codec_err_t cvpx_vp8_encoder_defaults(vpx_codec_enc_cfg_t *configuration) {
    return vpx_codec_enc_config_default(vpx_codec_vp8_cx(), configuration, 0);
}
static inline vpx_codec_err_t cvpx_vp8_encoder_open(vpx_codec_ctx_t *codec, const vpx_codec_enc_cfg_t *configuration) {
    return vpx_codec_enc_init(codec, vpx_codec_vp8_cx(), configuration, 0);
}
static inline vpx_codec_err_t cvpx_vp8_decoder_open(vpx_codec_ctx_t *codec, const vpx_codec_dec_cfg_t *configuration) {
    return vpx_codec_dec_init(codec, vpx_codec_vp8_dx(), configuration, 0);
}
/// One of the encoder controls that take an int (vp8e_enc_control_id).
static inline vpx_codec_err_t cvpx_set_int(vpx_codec_ctx_t *codec, int control, int value) {
    return vpx_codec_control_(codec, control, value);
}
/// One of the controls that give back an int.
static inline vpx_codec_err_t cvpx_get_int(vpx_codec_ctx_t *codec, int control, int *value) {
    return vpx_codec_control_(codec, control, value);
}
/// Encodes one I420 picture where it lies. Deadline: real time.
static inline vpx_codec_err_t cvpx_encode_i420(vpx_codec_ctx_t *codec, unsigned width, unsigned height,
                                               unsigned char *y, unsigned char *u, unsigned char *v, int stride_y,
                                               int stride_uv, vpx_codec_pts_t time, unsigned long duration,
                                               int force_key_frame) {
    vpx_image_t image;
    if (!vpx_img_wrap(&image, VPX_IMG_FMT_I420, width, height, 1, y)) return VPX_CODEC_INVALID_PARAM;
    image.planes[VPX_PLANE_Y] = y;
    image.planes[VPX_PLANE_U] = u;
    image.planes[VPX_PLANE_V] = v;
    image.stride[VPX_PLANE_Y] = stride_y;
    image.stride[VPX_PLANE_U] = stride_uv;
    image.stride[VPX_PLANE_V] = stride_uv;
    return vpx_codec_encode(codec, &image, time, duration, force_key_frame ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME);
}
/// The next piece of the encoded picture: 1 and the piece, or 0 when there is none. Other packets are skipped.
static inline int cvpx_next_piece(vpx_codec_ctx_t *codec, vpx_codec_iter_t *iterator, const void **bytes,
                                  size_t *count, int *is_key_frame) {
    const vpx_codec_cx_pkt_t *packet;
    while ((packet = vpx_codec_get_cx_data(codec, iterator))) {
        if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
        *bytes = packet->data.frame.buf;
        *count = packet->data.frame.sz;
        *is_key_frame = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
        return 1;
    }
    return 0;
}
static inline void cvpx_copy_plane(unsigned char *to, int to_stride, const unsigned char *from, int from_stride,
                                   int width, int height) {
    for (int row = 0; row < height; row++) {
        memcpy(to + (size_t)row * (size_t)to_stride, from + (ptrdiff_t)row * from_stride, (size_t)width);
    }
}
/// Copies the visible part of an I420 picture.
static inline void cvpx_copy_i420(const vpx_image_t *image, unsigned char *y, unsigned char *u, unsigned char *v,
                                  int stride_y, int stride_uv) {
    int width = (int)image->d_w, height = (int)image->d_h;
    cvpx_copy_plane(y, stride_y, image->planes[VPX_PLANE_Y], image->stride[VPX_PLANE_Y], width, height);
    cvpx_copy_plane(u, stride_uv, image->planes[VPX_PLANE_U], image->stride[VPX_PLANE_U], (width + 1) / 2,
                    (height + 1) / 2);
    cvpx_copy_plane(v, stride_uv, image->planes[VPX_PLANE_V], image->stride[VPX_PLANE_V], (width + 1) / 2,
                    (height + 1) / 2);
}

#endif
