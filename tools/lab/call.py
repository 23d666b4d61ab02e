"""A call in the guest: Janus, the room with the drivers' devices, and a second roomd with simulated ones as the other participant."""

import time

from lab import image_check

# A camera; a second device is an HDMI input with its CEC line, and an output at its other end.
VIVID = "vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0 no_error_inj=0"

ADDRESS = "10.77.0.1"
SERVICE = f"janus+ws://{ADDRESS}:8188"
URL = f"{SERVICE}/?room=1234"
# Every instruction is emulated.
PICTURES = {"width": 320, "height": 180, "frame_rate": 5}
# Tones are to be measured as they were sent.
PLAIN_SOUND = {"echo_cancellation": False, "noise_suppression": False, "gain_control": False}
DEVICES = {"camera": "auto", "microphone": "auto", "speaker": "auto", "display": "auto", "display_mode": "1280x720", "cec": "none"}
# Hz: what the other participant says, and what is said into the room's microphone.
OTHER_TONE = 880
ROOM_TONE = 620

JANUS = {
    "janus.jcfg": 'general: {{ configs_folder = "/var/tmp/janus"; plugins_folder = "{lib}/plugins"; '
                  'transports_folder = "{lib}/transports" }}\nnat: {{ ice_enforce_list = "' + ADDRESS + '" }}\n'
                  'media: {{ ipv6 = false }}\n'
                  'transports: {{ disable = "libjanus_http.so,libjanus_pfunix.so,libjanus_mqtt.so,libjanus_nanomsg.so,'
                  'libjanus_rabbitmq.so" }}\n',
    "janus.transport.websockets.jcfg": 'general: {{ json = "plain"; ws = true; ws_port = 8188; ws_ip = "' + ADDRESS + '" }}\n',
    "janus.plugin.videoroom.jcfg": 'room-1234: {{ description = "Lab"; publishers = 6; bitrate = 300000 }}\n',
}

OTHER_SOCKET = "/run/other/control.sock"
# What the other participant has heard.
HEARD = "/run/other/heard.wav"
CLIP = "/var/tmp/lab/clip.y4m"
OTHER = f"""[room]
name = "Other"
[control]
socket = "{OTHER_SOCKET}"
[devices]
camera = "file:{CLIP}"
microphone = "tone:{OTHER_TONE}"
speaker = "file:{HEARD}"
display = "headless:320x180"
[storage]
state = "/run/other/state"
recordings = "/run/other/recordings"
[video]
frame_rate = 5
[join]
microphone = true
"""

ZONE = "Europe/Berlin"
# Beside the meeting to join: something each day at nine, without an address.
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
BEGIN:VEVENT
UID:nine@lab
DTSTAMP:20250101T000000Z
DTSTART;TZID=Europe/Berlin:20250101T090000
DURATION:PT15M
RRULE:FREQ=DAILY
SUMMARY:Nine
END:VEVENT
END:VCALENDAR
"""


def serve(guest):
    """Starts Janus at an address that is not loopback's: it gathers no candidates there."""
    guest.get(f"ip link add lab0 type dummy && ip address add {ADDRESS}/24 dev lab0 && ip link set lab0 up")
    lib = guest.get("ls -d /usr/lib/*/janus")
    for name, text in JANUS.items():
        guest.write(f"/var/tmp/janus/{name}", text.format(lib=lib))
    guest.get("systemd-run --unit=lab-janus --collect janus --configs-folder /var/tmp/janus")
    guest.until(f"ss -tlnH | grep -q {ADDRESS}:8188", 60, "Janus listens")


def invite_other(guest):
    """The other participant joins: the same program by hand, with its own configuration."""
    guest.write("/etc/other.toml", OTHER)
    guest.get(
        "systemd-run --unit=lab-other --collect --property=RuntimeDirectory=other --property=RestrictRealtime=yes "
        "roomd --config /etc/other.toml")
    guest.until(f"roomctl --socket {OTHER_SOCKET} status >/dev/null 2>&1", 60, "the other room answers")
    guest.get(f"roomctl --socket {OTHER_SOCKET} join '{URL}'", 90)


def schedule(guest, delay):
    """Puts a meeting of an hour into the room's calendar, `delay` seconds from now; returns what the configuration has to say."""
    begin = int(guest.get("date -u +%s")) + delay
    stamp = {name: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(begin + plus)) for name, plus in (("start", 0), ("end", 3600))}
    guest.write("/var/lib/roomd/room.ics", CALENDAR.format(url=URL, **stamp), "644")
    return '[[calendar]]\ntype = "ics"\nurl = "file:///var/lib/roomd/room.ics"\n'


def configure(guest, more="", **devices):
    """The room with the drivers' devices, of the lab's size."""
    guest.configure(
        room={"name": "Laboratory", "timezone": ZONE}, devices={**DEVICES, **devices}, video=PICTURES, audio=PLAIN_SOUND,
        join={"countdown": "5s", "early": "10s", "microphone": True, "alone": "8h", "overstay": "8h"},
        more=f'{more}[[service]]\nname = "lab"\nurl = "{SERVICE}"\n')


def speak(guest):
    """A tone into the room's microphone: what is played at the cable's other end."""
    guest.get(
        f"systemd-run --unit=lab-voice --collect --property=Restart=always --property=RestartSec=1 "
        f"speaker-test -D plughw:Loopback,1,0 -c 2 -r 48000 -F S16_LE -t sine -f {ROOM_TONE}")


def begin(guest):
    """The state `call`: the room and the other participant are in a meeting, with all of the drivers' devices."""
    guest.be_patient()
    guest.load(VIVID, "snd-aloop")
    serve(guest)
    invite_other(guest)
    # Not to be joined by itself: the clock is no matter in this call.
    configure(guest, more=schedule(guest, -4 * 3600))
    speak(guest)
    guest.restart()
    guest.get(f"roomctl join '{URL}'", 90)
    joined(guest, 90)
    met(guest)


def joined(guest, timeout, other_than=0):
    """Seconds until a process other than that one is in the meeting."""
    return guest.until(
        f"[ $(systemctl show -p MainPID --value roomd.service) != {other_than} ] && "
        "roomctl --json call state.get '{\"path\": \"meeting.state\"}' 2>/dev/null | grep -q '\"joined\"'", timeout,
        "the room is in the meeting")


def met(guest):
    """Until both are in the room's roster."""
    guest.until(
        "[ $(roomctl --json call state.get '{\"path\": \"meeting.participants\"}' | grep -o '\"self\"' | wc -l) = 2 ]", 60,
        "the other participant is in the roster")


def seen(guest, name):
    """What the other participant sees, as a file."""
    return guest.snapshot(name, OTHER_SOCKET)


def on_display(guest, checks, when, scenario):
    """Checks that the other's pictures follow each other on the HDMI output."""
    numbers = []
    for index in (1, 2):
        guest.get("sleep 2")
        numbers.append(image_check.number(guest.display(f"{scenario}-{when.replace(' ', '-')}-{index}")))
    checks.check(f"{when}: the other's pictures are on the HDMI output", None not in numbers and numbers[0] != numbers[1], numbers)


def comings(guest):
    """How often somebody left and joined so far, as the other participant saw it."""
    log = guest.get("journalctl --no-pager -u lab-other.service")
    return [log.count(f"room: participant.{what} ") for what in ("left", "joined")]


class Before:
    """What must be the same afterwards."""

    def __init__(self, guest):
        self.guest = guest
        self.pid = guest.pid
        self.descriptors = self.count()
        self.comings = comings(guest)

    def count(self):
        return len(self.guest.get(f"ls /proc/{self.pid}/fd").split())

    def compare(self, checks):
        checks.check("by the same process", self.guest.pid == self.pid)
        seen = comings(self.guest)
        checks.check("the call was never broken", seen == self.comings and self.guest.state("meeting.state") == "joined", seen)
        descriptors = self.count()
        checks.check("no descriptor is left open", descriptors <= self.descriptors, f"{descriptors} after {self.descriptors}")
