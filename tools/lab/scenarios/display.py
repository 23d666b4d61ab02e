"""virtio-gpu as the display: it is listed, and its output can be looked at"""

ORDER = 6
SHORT = False
FROM = "installed"
LIMIT = 120


def run(guest, checks):
    checks.check("the kernel has a display", guest.get("cat /sys/class/drm/card0-*/status") == "connected")
    displays = guest.call("devices.list", {"kind": "display"})["devices"]
    checks.check("the room lists it", any(display["bus"] != "simulated" for display in displays), [
        display["name"] for display in displays])
    checks.check("its output can be looked at", guest.display("display-hdmi").stat().st_size > 0)
