"""a television at the end of vivid's HDMI-CEC line is woken and sent to sleep when it should be; a dead line changes nothing"""

import re

from lab import call
from lab.guest import SIMULATED

ORDER = 7
SHORT = False
FROM = "installed"
LIMIT = 400
# One HDMI output, the room's, and the HDMI input at its end: the television.
VIVID = "vivid n_devs=1 node_types=0x101 num_inputs=1 input_types=0x3 num_outputs=1 output_types=0x1"
MESSAGE = re.compile(r"Received from .*: (?:CEC_MSG_)?(\w+) \(0x")


def run(guest, checks):
    guest.load(VIVID)
    adapters = guest.get("stat -c '%n %a %G' /dev/cec*").splitlines()
    checks.check("the group of the devices may use the adapters", len(adapters) == 2 and all(
        adapter.endswith("660 video") for adapter in adapters), adapters)
    node = guest.get("ls /dev/v4l/by-path/platform-vivid.0-video-index0")
    guest.get(f"v4l2-ctl -d {node} --set-edid=edid=hdmi && cec-ctl -d /dev/cec0 --tv --osd-name Television")
    guest.get("systemd-run --unit=lab-tv --collect cec-follower -d /dev/cec0")
    guest.get("systemd-run --unit=lab-line --collect stdbuf -oL cec-ctl -d /dev/cec0 --monitor")
    call.configure(guest, more=call.schedule(guest, 90), **{**SIMULATED, "display": "auto", "cec": "/dev/cec1"})
    guest.restart()
    pid = guest.pid
    expect(guest, checks, "REPORT_PHYSICAL_ADDR", "when the room starts", 0)
    checks.check("a television that is off stays off until somebody wants the room", count(guest, "IMAGE_VIEW_ON") == 0)

    for round_ in range(3):
        before = count(guest, "STANDBY")
        guest.get("roomctl display standby")
        expect(guest, checks, "STANDBY", f"to sleep, {round_ + 1}", before)
        before = count(guest, "IMAGE_VIEW_ON")
        if round_ < 2:
            guest.get("roomctl display on")
        # The third time the countdown to the meeting does it.
        expect(guest, checks, "IMAGE_VIEW_ON", "when it is woken" if round_ < 2 else "when the meeting comes", before, 150)
        checks.check("the display itself is on", guest.state("display.state") == "on")

    checks.check("it says whose picture it is", "ACTIVE_SOURCE" in messages(guest), messages(guest)[-6:])

    guest.get("systemctl stop lab-tv lab-line; cec-ctl -d /dev/cec0 --clear")
    dead(guest, checks, "nobody answers")
    guest.get(f"v4l2-ctl -d {node} --clear-edid")
    dead(guest, checks, "the cable is out")
    guest.get("echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind")
    dead(guest, checks, "the adapter is gone")
    checks.check("it is the same process", guest.pid == pid and guest.show("NRestarts") == "0")


def messages(guest):
    return MESSAGE.findall(guest.run("journalctl --no-pager --output=cat -u lab-line.service").output)


def count(guest, name):
    return messages(guest).count(name)


def expect(guest, checks, name, when, before, timeout=30):
    took = guest.until(
        f"[ $(journalctl --no-pager --output=cat -u lab-line.service | grep -c 'Received from .*{name} (0x') -gt {before} ]", timeout,
        f"{name} {when}")
    checks.check(f"{name} {when}", count(guest, name) > before, f"{took:.1f} s")


def dead(guest, checks, why):
    """Whatever the line does, the display does what it is told."""
    for state in ("standby", "on"):
        guest.get(f"roomctl display {state}")
        took = guest.until(
            f"roomctl --json call state.get '{{\"path\": \"display.state\"}}' | grep -q {state}", 20, f"{why}: the display is {state}")
        checks.check(f"{why}: the display goes {state} all the same", took < 10, f"{took:.1f} s")
