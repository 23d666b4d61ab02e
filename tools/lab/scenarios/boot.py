"""from power on, untouched: the service runs, its socket answers, the home screen is on the display"""

from lab import image_check

ORDER = 1
SHORT = True
FROM = "installed"
LIMIT = 300


def run(guest, checks):
    failed = guest.reboot(200)
    checks.check("no unit has failed", not failed, failed)
    took = guest.wait_for_room(60)
    ready = int(guest.show("ActiveEnterTimestampMonotonic")) / 1e6
    kernel = float(guest.get("systemctl show --property=UserspaceTimestampMonotonic --value")) / 1e6
    checks.note(f"ready {ready:.1f} s after power on, {ready - kernel:.1f} s of them after the kernel's start (emulated)")
    checks.check("the service is active", guest.show("ActiveState") == "active")
    checks.check("it was started once", guest.show("NRestarts") == "0")
    status = guest.show("StatusText")
    checks.check("its status says what the room does", status.startswith("Between meetings"), status)
    checks.check("the socket was there before the daemon", guest.get(
        "systemctl show -p ActiveEnterTimestampMonotonic --value roomd.socket") != "0", f"answers after {took:.1f} s")
    system = guest.state("system")
    checks.check("it is the daemon of the service that answers", system["pid"] == guest.pid)
    entry = guest.get("journalctl --boot --output=json ROOMD_PART=roomd ROOMD_ROOM=Laboratory | tail -n 1")
    checks.check("the journal has its messages in parts", "is running" in entry and '"PRIORITY":"5"' in entry)
    home = guest.snapshot("boot")
    checks.check("the home screen is on the display", *image_check.has_text(home))
    guest.display("boot-hdmi")
