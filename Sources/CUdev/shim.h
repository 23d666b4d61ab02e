// libudev: which devices there are, under which names (target Hardware). Swift imports it as it stands.
#ifndef CUDEV_SHIM_H
#define CUDEV_SHIM_H

#include <libudev.h>

#endif
