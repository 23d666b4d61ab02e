"""a scheduled meeting through Janus in the guest, with a second roomd as the other participant"""

import json
import time

ORDER = 8
SHORT = False
FROM = "installed"
LIMIT = 600

JANUS = {
    "janus.jcfg": 'general: {{ configs_folder = "/var/tmp/janus"; plugins_folder = "{lib}/plugins"; '
                  'transports_folder = "{lib}/transports" }}\nnat: {{ ice_enforce_list = "10.77.0.1" }}\n'
                  'media: {{ ipv6 = false }}\n'
                  'transports: {{ disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,'
                  'libjanus_rabbitmq.so" }}\n',
    "janus.transport.websockets.jcfg": 'general: {{ json = "plain"; ws = true; ws_port = 8188; ws_ip = "10.77.0.1" }}\n',
    "janus.plugin.videoroom.jcfg": 'room-1234: {{ description = "Lab"; publishers = 6; bitrate = 300000 }}\n',
}
URL = "janus+ws://10.77.0.1:8188/?room=1234"

OTHER = """[room]
name = "Other"
[control]
socket = "/run/other/control.sock"
[devices]
camera = "pattern:160x90@5"
microphone = "tone:880"
speaker = "none"
display = "none"
[storage]
state = "/run/other/state"
recordings = "/run/other/recordings"
[join]
microphone = true
"""

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//lab//EN
BEGIN:VEVENT
UID:weekly@lab
DTSTAMP:20260101T000000Z
DTSTART:{start}
DTEND:{end}
SUMMARY:Weekly
LOCATION:{url}
END:VEVENT
END:VCALENDAR
"""


def run(guest, checks):
    guest.be_patient()
    serve(guest)
    other(guest)
    begin = int(guest.get("date -u +%s")) + 40
    stamp = {name: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(begin + plus)) for name, plus in (("start", 0), ("end", 3600))}
    guest.write("/var/lib/roomd/room.ics", CALENDAR.format(url=URL, **stamp), "644")
    guest.configure(
        video={"width": 160, "height": 90, "frame_rate": 5},
        join={"countdown": "5s", "early": "10s", "microphone": True},
        more='[[calendar]]\ntype = "ics"\nurl = "file:///var/lib/roomd/room.ics"\n'
             '[[service]]\nname = "lab"\nurl = "janus+ws://10.77.0.1:8188"\n')
    guest.restart()
    joined(guest, 180)
    checks.check("it joined the scheduled meeting by itself", guest.state("meeting")["scheduled"] == "weekly@lab")
    media(guest, checks, "in the meeting")
    guest.snapshot("meeting")

    # What the package does on a machine in use.
    before = guest.pid
    guest.install("/var/tmp/lab/newer.deb")
    took = joined(guest, 90, other_than=before)
    checks.check("after an upgrade it is in the meeting again", True, f"{took:.1f} s")
    media(guest, checks, "after the upgrade")
    before = guest.pid
    guest.get(f"kill -9 {before}")
    took = joined(guest, 90, other_than=before)
    checks.check("after kill -9 it is in the meeting again", True, f"{took:.1f} s")
    checks.note(f"in the meeting again {took:.1f} s after kill -9 (emulated)")
    media(guest, checks, "after the kill")


def serve(guest):
    """Janus, at an address that is not loopback's: it gathers no candidates there."""
    guest.get("ip link add lab0 type dummy && ip address add 10.77.0.1/24 dev lab0 && ip link set lab0 up")
    lib = guest.get("ls -d /usr/lib/*/janus")
    for name, text in JANUS.items():
        guest.write(f"/var/tmp/janus/{name}", text.format(lib=lib))
    guest.get("systemd-run --unit=lab-janus --collect janus --configs-folder /var/tmp/janus")
    guest.until("ss -tlnH | grep -q 10.77.0.1:8188", 60, "Janus listens")


def other(guest):
    """The other participant: the same program by hand, with its own configuration."""
    guest.write("/etc/other.toml", OTHER)
    guest.get(
        "systemd-run --unit=lab-other --collect --property=RuntimeDirectory=other --property=RestrictRealtime=yes "
        "roomd --config /etc/other.toml")
    guest.until("roomctl --socket /run/other/control.sock status >/dev/null 2>&1", 60, "the other room answers")
    guest.get(f"roomctl --socket /run/other/control.sock join '{URL}'", 90)


def joined(guest, timeout, other_than=0):
    return guest.until(
        f"[ $(systemctl show -p MainPID --value roomd.service) != {other_than} ] && "
        "roomctl --json call state.get '{\"path\": \"meeting.state\"}' 2>/dev/null | grep -q '\"joined\"'", timeout,
        "the room is in the meeting")


def media(guest, checks, when):
    guest.until(
        "[ $(roomctl --json call state.get '{\"path\": \"meeting.participants\"}' | grep -o '\"self\"' | wc -l) = 2 ]", 60,
        "the other participant is in the roster")
    # The rates are those of the last second.
    guest.get("sleep 6")
    statistics = guest.call("statistics.get")
    flows = {
        (direction, stream["kind"]) for direction in ("inbound", "outbound") for stream in statistics[direction]
        if stream["bitrate"] > 0
    }
    (guest.folder / f"meeting-{when.replace(' ', '-')}.json").write_text(json.dumps(statistics, indent=1))
    checks.check(f"{when}: pictures and sound come and go", len(flows) == 4, sorted(flows))
