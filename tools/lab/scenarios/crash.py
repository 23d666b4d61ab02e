"""killed, stopped, or failing again and again: systemd starts it anew, without a storm"""

from lab import image_check
from lab.guest import SIMULATED

ORDER = 4
SHORT = True
FROM = "installed"
LIMIT = 300


def run(guest, checks):
    killed(guest, checks)
    stopped(guest, checks)
    failing(guest, checks)


def back(guest, before, timeout):
    """Seconds until another process answers."""
    return guest.until(
        f"[ $(systemctl show -p MainPID --value roomd.service) != {before} ] && roomctl status >/dev/null 2>&1", timeout,
        "another process answers")


def killed(guest, checks):
    before = guest.pid
    guest.get(f"kill -9 {before}")
    took = back(guest, before, 60)
    checks.check("after kill -9 it is back", guest.show("NRestarts") == "1", f"{took:.1f} s")
    checks.note(f"back {took:.1f} s after kill -9")


def stopped(guest, checks):
    before = guest.pid
    guest.get(f"kill -STOP {before}")
    took = back(guest, before, 90)
    log = guest.get("journalctl --no-pager -u roomd.service")
    checks.check("when it hangs the watchdog ends it, and it is back", "Watchdog timeout" in log, f"{took:.1f} s")
    checks.check("not before the time is over", took > 5, f"{took:.1f} s")
    checks.note(f"{took:.1f} s after SIGSTOP")


def failing(guest, checks):
    guest.configure(devices={**SIMULATED, "display": "auto"})
    restarts = "journalctl --no-pager -u roomd.service | grep -c 'roomd.service: Scheduled restart job'"
    before = int(guest.get(restarts))
    guest.get("systemctl reset-failed roomd.service")
    guest.write("/etc/systemd/system/roomd.service.d/failing.conf", "[Service]\nExecStart=\nExecStart=/bin/false\n")
    guest.write("/etc/systemd/system/roomd-recovery.timer.d/soon.conf", "[Timer]\nOnActiveSec=\nOnActiveSec=15s\n")
    guest.get("systemctl daemon-reload; systemctl restart --no-block roomd.service")
    guest.until("systemctl is-failed --quiet roomd.service", 60, "systemd gives up for now")
    guest.get("sleep 3")
    tries = int(guest.get(restarts)) - before
    checks.check("five failures in a row are enough for a pause", tries == 5, f"{tries} restarts")
    guest.until("systemctl is-active --quiet roomd-notice.service", 30, "the notice is shown")
    guest.get("sleep 8")
    checks.check("the display says that the room does not start", *image_check.has_text(guest.display("crash-notice")))
    checks.check("a timer is set for the next try", guest.show("ActiveState", "roomd-recovery.timer") == "active")
    guest.get("rm /etc/systemd/system/roomd.service.d/failing.conf; systemctl daemon-reload")
    took = guest.until("roomctl status >/dev/null 2>&1", 90, "it is started again after the pause")
    checks.check("after the pause it is tried again, and runs", guest.show("ActiveState") == "active", f"{took:.1f} s")
    checks.check("the notice is gone", guest.show("ActiveState", "roomd-notice.service") == "inactive")
    checks.check("the socket, too", guest.show("ActiveState", "roomd.socket") == "active")
