// libspeexdsp: resampling, echo cancellation, noise suppression; plain functions, imported as they are.
#ifndef CSPEEXDSP_SHIM_H
#define CSPEEXDSP_SHIM_H

#include <speex/speex_echo.h>
#include <speex/speex_preprocess.h>
#include <speex/speex_resampler.h>

#endif
