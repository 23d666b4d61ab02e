// libyuv: scaling, mirroring and colour conversion.
#ifndef CYUV_SHIM_H
#define CYUV_SHIM_H

#include <libyuv.h>

#endif
