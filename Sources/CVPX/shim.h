// libvpx: macros and the variadic vpx_codec_control_ get a function each, because Swift does not import them.
#ifndef CVPX_SHIM_H
#define CVPX_SHIM_H

#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

static inline vpx_codec_err_t cvpx_encoder_open(vpx_codec_ctx_t *codec, vpx_codec_iface_t *interface,
                                                const vpx_codec_enc_cfg_t *configuration) {
    return vpx_codec_enc_init(codec, interface, configuration, 0);
}
static inline vpx_codec_err_t cvpx_decoder_open(vpx_codec_ctx_t *codec, vpx_codec_iface_t *interface,
                                                const vpx_codec_dec_cfg_t *configuration) {
    return vpx_codec_dec_init(codec, interface, configuration, 0);
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

/// The pictures of a VP9 decoder. Any frame of VP9 can change their size, not only one that tells it in its first bytes:
/// what is larger than `limit` bytes is refused here.
#define CVPX_PICTURES (VP9_MAXIMUM_REF_BUFFERS + VPX_MAXIMUM_WORK_BUFFERS)
typedef struct cvpx_pictures {
    size_t limit;
    struct {
        unsigned char *bytes;
        size_t size;
        int is_taken;
    } all[CVPX_PICTURES];
} cvpx_pictures;

static inline int cvpx_take_picture(void *owner, size_t size, vpx_codec_frame_buffer_t *buffer) {
    cvpx_pictures *pictures = (cvpx_pictures *)owner;
    int place = 0;
    if (size > pictures->limit) return -1;
    while (place < CVPX_PICTURES && pictures->all[place].is_taken) place++;
    if (place == CVPX_PICTURES) return -1;
    if (pictures->all[place].size < size) {
        free(pictures->all[place].bytes);
        pictures->all[place].bytes = (unsigned char *)calloc(1, size);
        pictures->all[place].size = pictures->all[place].bytes ? size : 0;
        if (!pictures->all[place].bytes) return -1;
    }
    pictures->all[place].is_taken = 1;
    buffer->data = pictures->all[place].bytes;
    buffer->size = pictures->all[place].size;
    buffer->priv = &pictures->all[place].is_taken;
    return 0;
}
static inline int cvpx_give_picture(void *owner, vpx_codec_frame_buffer_t *buffer) {
    (void)owner;
    if (buffer->priv) *(int *)buffer->priv = 0;
    buffer->priv = NULL;
    return 0;
}
/// Has a decoder that has decoded nothing yet take its pictures from here. They must outlive it.
static inline vpx_codec_err_t cvpx_use_pictures(vpx_codec_ctx_t *codec, cvpx_pictures *pictures) {
    return vpx_codec_set_frame_buffer_functions(codec, cvpx_take_picture, cvpx_give_picture, pictures);
}
/// Lets go of all, after the decoder's end.
static inline void cvpx_free_pictures(cvpx_pictures *pictures) {
    for (int place = 0; place < CVPX_PICTURES; place++) {
        free(pictures->all[place].bytes);
        pictures->all[place].bytes = NULL;
        pictures->all[place].size = 0;
        pictures->all[place].is_taken = 0;
    }
}

#endif
