"""vivid disconnected, failing and reloaded in a call, again and again: a slate goes out, then the camera's picture again"""

from lab import call, image_check

ORDER = 9
SHORT = False
FROM = "call"
LIMIT = 3600
DRIVER = "/sys/bus/platform/drivers/vivid"

# What is done to the camera, and what brings it back where it does not come by itself.
FAULTS = {
    # It is registered again when the last program has closed it.
    "disconnect": ("v4l2-ctl -d {node} -c disconnect=1", ""),
    "a fatal streaming error": ("v4l2-ctl -d {node} -c inject_fatal_streaming_error=1", ""),
    "an error when a buffer is queued": ("v4l2-ctl -d {node} -c inject_vidioc_qbuf_error=1", ""),
    "a buffer with an error": ("v4l2-ctl -d {node} -c inject_v4l2_buf_flag_error=1", ""),
    "errors when it is opened again": (
        "v4l2-ctl -d {node} -c inject_vidioc_reqbufs_error=1 -c inject_vidioc_streamon_error=1 -c inject_fatal_streaming_error=1", ""),
    # As on a cable, a program that has it open keeps the driver; it is gone as soon as that has closed it.
    "the driver's end": (
        f"echo vivid.0 >{DRIVER}/unbind; for _ in $(seq 100); do rmmod vivid && exit 0; sleep 0.2; done; exit 1",
        f"modprobe {call.VIVID}"),
}
# Those after which it must be opened again.
IS_LOSS = {"disconnect", "a fatal streaming error", "errors when it is opened again", "the driver's end"}


def run(guest, checks):
    node = guest.get("readlink -f /dev/v4l/by-path/platform-vivid.0-video-index0")
    checks.check("before: the other sees the camera's picture", *image_check.has_bars(call.seen(guest, "camera-before")))
    before = call.Before(guest)
    for name, (fault, remedy) in FAULTS.items():
        done = 0
        try:
            for _ in range(guest.rounds):
                endure(guest, checks, name, fault.format(node=node), remedy, has_picture=done == 0)
                done += 1
        finally:
            checks.check(f"{name}: live again", done == guest.rounds, f"{done} of {guest.rounds} times")
    checks.check("after: the other sees the camera's picture", *image_check.has_bars(call.seen(guest, "camera-after")))
    before.compare(checks)


def figures(guest):
    return guest.call("statistics.get")["camera"]


def endure(guest, checks, name, fault, remedy, has_picture):
    """One round; whatever does not happen in time is an error."""
    was = figures(guest)
    guest.get(fault)
    if name in IS_LOSS:
        guest.until(f"{counter('losses')} -gt {was['losses']} ]", 30, f"{name}: the camera is missed")
    if remedy:
        guest.until(f"{counter('slates')} -gt {was['slates'] + 2} ]", 30, f"{name}: a slate goes out")
        if has_picture:
            guest.get("sleep 3")
            is_live, found = image_check.has_bars(call.seen(guest, f"camera-{name.replace(' ', '-')}"))
            checks.check(f"{name}: the other sees the slate", not is_live, found)
            state = guest.state("camera.state")
            checks.check(f"{name}: the state says so", state == "lost", state)
        guest.get(remedy, 120)
    frames = figures(guest)["frames"]
    guest.until(f"{counter('frames')} -gt {frames + 3} ]", 60, f"{name}: the camera delivers again")
    guest.until("roomctl --json call state.get '{\"path\": \"camera.state\"}' | grep -q live", 30, f"{name}: the state says live")


def counter(name):
    """The beginning of a shell condition on one of the camera's figures."""
    return f"""[ $(roomctl --json call statistics.get | grep -o '"camera":{{[^}}]*}}' | grep -o '"{name}":[0-9]*' | grep -o '[0-9]*$')"""
