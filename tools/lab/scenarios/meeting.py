"""from boot, untouched: home screen, then the scheduled meeting with camera, sound card and display; upgrade and kill -9 in it"""

import json

from lab import call, image_check, sound_check

ORDER = 8
SHORT = False
FROM = "installed"
LIMIT = 1200


def run(guest, checks):
    guest.be_patient()
    # What udev does on a machine that has them.
    guest.write("/etc/modules-load.d/lab.conf", f"{call.VIVID.split()[0]}\nsnd-aloop\n")
    guest.write("/etc/modprobe.d/lab.conf", f"options {call.VIVID}\n")
    call.configure(guest, more=call.schedule(guest, 180))
    failed = guest.reboot(300)
    checks.check("no unit has failed", not failed, failed)
    guest.wait_for_room(60)
    checks.check("the service is active", guest.show("ActiveState") == "active")
    codes = [problem["code"] for problem in guest.state("health.problems")]
    checks.check("all its devices are there", not [code for code in codes if code.endswith(".unavailable")], codes)
    guest.get("sleep 3")
    checks.check("the home screen is on the HDMI output", *image_check.has_text(guest.display("meeting-home")))

    call.serve(guest)
    call.invite_other(guest)
    call.speak(guest)
    call.joined(guest, 400)
    checks.check("it joined the scheduled meeting by itself", guest.state("meeting")["scheduled"] == "weekly@lab")
    call.met(guest)
    media(guest, checks, "in the meeting")

    # What the package does on a machine in use.
    before = guest.pid
    guest.install("/var/tmp/lab/newer.deb")
    took = call.joined(guest, 90, other_than=before)
    checks.note(f"in the meeting again {took:.1f} s after an upgrade (emulated)")
    media(guest, checks, "after the upgrade")
    comings = call.comings(guest)
    before = guest.pid
    guest.get(f"kill -9 {before}")
    took = call.joined(guest, 90, other_than=before)
    checks.note(f"in the meeting again {took:.1f} s after kill -9 (emulated)")
    media(guest, checks, "after the kill")
    seen = [now - then for now, then in zip(call.comings(guest), comings)]
    checks.check("the other participant saw one leave and one join", seen == [1, 1], seen)


def media(guest, checks, when):
    """Pictures and tones, both ways, at the very ends."""
    call.met(guest)
    guest.get("sleep 6")
    statistics = guest.call("statistics.get")
    (guest.folder / f"meeting-{when.replace(' ', '-')}.json").write_text(json.dumps(statistics, indent=1))
    flows = {
        (direction, stream["kind"]) for direction in ("inbound", "outbound") for stream in statistics[direction]
        if stream["bitrate"] > 0
    }
    checks.check(f"{when}: pictures and sound come and go", len(flows) == 4, sorted(flows))
    call.on_display(guest, checks, when, "meeting")
    checks.check(f"{when}: the other sees the camera's picture", *image_check.has_bars(call.seen(guest, f"meeting-{when.replace(' ', '-')}-other")))
    sound_check.both_ways(guest, checks, when)
