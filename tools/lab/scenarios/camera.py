"""vivid as the camera: it is listed, and the service may open it"""

ORDER = 6
SHORT = False
FROM = "installed"
LIMIT = 120


def run(guest, checks):
    guest.load("vivid")
    nodes = guest.get("ls /dev/video*").split()
    checks.check("the kernel has a camera", len(nodes) > 0, nodes)
    checks.check("the service's user may open it", guest.run(
        "cd / && runuser -u roomd -G video -- dd if=/dev/video0 of=/dev/null count=0 status=none").is_good)
    guest.restart()
    cameras = guest.call("devices.list", {"kind": "camera"})["devices"]
    checks.check("the room lists it", any(camera["bus"] != "simulated" for camera in cameras), [
        camera["name"] for camera in cameras])
