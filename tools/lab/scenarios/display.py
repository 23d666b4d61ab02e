"""the HDMI cable out and in, and a monitor that wants another mode, in a call, again and again: the call goes on"""

from lab import call

ORDER = 11
SHORT = False
FROM = "call"
LIMIT = 2400
CONNECTOR = "/sys/class/drm/card0-Virtual-1/status"
MODES = [(1024, 576), (1280, 720)]


def run(guest, checks):
    displays = guest.call("devices.list", {"kind": "display"})["devices"]
    checks.check("the room lists it by its EDID's name", any("QEMU Monitor" in display["name"] for display in displays), [
        display["name"] for display in displays])
    call.on_display(guest, checks, "before", "display")
    before = call.Before(guest)
    done = 0
    try:
        for _ in range(guest.rounds):
            guest.get(f"echo off >{CONNECTOR}")
            state(guest, "lost", "the cable is missed")
            guest.get(f"echo detect >{CONNECTOR}")
            state(guest, "on", "the display is there again")
            done += 1
    finally:
        checks.check("the cable out and in: on again", done == guest.rounds, f"{done} of {guest.rounds} times")
    call.on_display(guest, checks, "after the cable", "display")

    done = 0
    try:
        for index in range(guest.rounds):
            width, height = MODES[index % len(MODES)]
            guest.machine.resize(width, height)
            guest.until(
                f"roomctl --json call state.get '{{\"path\": \"display.mode\"}}' | grep -q '\"height\":{height}.*\"width\":{width}'", 60,
                f"the display takes the mode {width}x{height}")
            done += 1
            if done == 1:
                call.on_display(guest, checks, f"at {width}x{height}", "display")
    finally:
        checks.check("another mode: taken", done == guest.rounds, f"{done} of {guest.rounds} times")
    call.on_display(guest, checks, "after the modes", "display")
    before.compare(checks)


def state(guest, wanted, what):
    guest.until(f"roomctl --json call state.get '{{\"path\": \"display.state\"}}' | grep -q {wanted}", 60, what)
