// The terminal that a program writes to (used by RoomControl).
#ifndef CLINUX_TERMINAL_H
#define CLINUX_TERMINAL_H

#include <sys/ioctl.h>

/// The columns of the terminal at `descriptor`; 0 when it is no terminal or does not tell.
static inline int clinux_terminal_columns(int descriptor) {
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

#endif
