"""camera and sound card whose drivers are loaded only when the service runs: it may open them, without a restart"""

ORDER = 6
SHORT = False
FROM = "booted"
LIMIT = 240

# Opens a file inside the service's device rules, as the service's user.
MAY_OPEN = """
    cd /
    echo $$ >/sys/fs/cgroup$(systemctl show --property=ControlGroup --value roomd.service)/cgroup.procs
    exec runuser -u roomd -G video -G audio -- dd if={} of=/dev/null count=0 status=none
"""


def run(guest, checks):
    loaded = guest.run("ls /dev/video* /dev/snd/controlC* 2>/dev/null; cut -d' ' -f1 /proc/modules").output.split()
    checks.check("the guest has neither yet", not {"vivid", "snd_aloop"} & set(loaded) and not any(
        name.startswith("/dev/") for name in loaded), loaded)
    guest.install("/var/tmp/lab/roomd.deb")
    guest.be_patient()
    guest.configure(
        devices={"camera": "auto", "microphone": "auto", "speaker": "auto", "display": "headless:640x360"},
        video={"width": 160, "height": 90, "frame_rate": 5})
    guest.restart()
    pid = guest.pid
    codes = {problem["code"] for problem in guest.state("health.problems")}
    checks.check("the room misses them", {"camera.unavailable", "speaker.unavailable"} <= codes, sorted(codes))

    guest.load("vivid", "snd-aloop")
    for path in guest.get("ls /dev/video0 /dev/snd/controlC0").split():
        opened = guest.run(MAY_OPEN.format(path))
        checks.check(f"the service may open {path}", opened.is_good, opened.errors.strip())
    for kind in ("camera", "speaker"):
        gone = guest.run(
            "for _ in $(seq 150); do roomctl --json call state.get | "
            f"grep -q '{kind}.unavailable' || exit 0; sleep 0.2; done; exit 1", timeout=120)
        checks.check(f"the {kind} is in use", gone.is_good, [
            problem["code"] for problem in guest.state("health.problems")])
    checks.check("by the same process", guest.pid == pid)
