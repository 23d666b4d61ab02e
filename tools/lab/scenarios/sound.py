"""snd-aloop as the sound card: it is listed, and the service may open it"""

ORDER = 6
SHORT = False
FROM = "installed"
LIMIT = 120


def run(guest, checks):
    guest.load("snd-aloop")
    cards = guest.get("cat /proc/asound/cards")
    checks.check("the kernel has a sound card", "Loopback" in cards, cards)
    guest.restart()
    for kind in ("microphone", "speaker"):
        devices = guest.call("devices.list", {"kind": kind})["devices"]
        checks.check(f"the room lists it as {kind}", any("oopback" in device["name"] for device in devices), [
            device["name"] for device in devices])
