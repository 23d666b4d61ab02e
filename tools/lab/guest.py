"""The room inside the guest: installing it, configuring it, asking it, and collecting what it left."""

import base64
import json
import pathlib
import shlex
import time

from lab.agent import AgentError

# Where drivers are not what a scenario is about, simulated devices stand in for them: small and
# few pictures, because every instruction is emulated.
SIMULATED = {
    "camera": "pattern:160x90@5", "microphone": "tone:440", "speaker": "none", "display": "headless:640x360",
}

# What a denied system call is on a user's machine, an error, is the daemon's end here, so that none stays unseen.
STRICT = "[Service]\nSystemCallErrorNumber=kill\n"


class OutOfTime(Exception):
    pass


class Guest:
    def __init__(self, machine, folder, rounds=50):
        self.machine = machine
        # How often a fault is repeated.
        self.rounds = rounds
        self.folder = pathlib.Path(folder)
        self.deadline = None

    # MARK: Programs

    def run(self, script, timeout=60, data=None):
        """Runs a bash script as root; whatever its end. Returns status, output and errors."""
        left = self.deadline - time.monotonic() if self.deadline else timeout
        try:
            if left > 0:
                return self.machine.agent.run(script, timeout=min(timeout, left), data=data)
        except AgentError:
            if left > timeout:
                raise
        raise OutOfTime(f"the time for the scenario was over at: {script}")

    def get(self, script, timeout=60, data=None):
        """Runs a script that has to succeed. Returns its output without the white space around it."""
        result = self.run(script, timeout, data)
        if not result.is_good:
            raise AgentError(f"{script}: status {result.status}: {result.errors.strip() or result.output.strip()}")
        return result.output.strip()

    def until(self, condition, timeout, what):
        """Waits until a shell condition holds; returns how many seconds of the guest's time that took."""
        end = self.run(
            f"began=$(cut -d' ' -f1 /proc/uptime)\n"
            f"for _ in $(seq {int(timeout * 5)}); do\n"
            f"  if {condition}; then echo $began $(cut -d' ' -f1 /proc/uptime); exit 0; fi; sleep 0.2\n"
            f"done; exit 1", timeout=timeout * 3 + 30)
        if not end.is_good:
            raise AgentError(f"did not happen within {timeout} s: {what}")
        began, ended = map(float, end.output.split())
        return ended - began

    def write(self, path, text, mode=None):
        self.get(f"mkdir -p $(dirname {shlex.quote(path)}) && cat > {shlex.quote(path)}", data=text)
        if mode:
            self.get(f"chmod {mode} {shlex.quote(path)}")

    # MARK: The machine

    def boot(self, timeout):
        """Waits for the end of the start; the units that have failed, as text."""
        self.machine.agent.wait(timeout)
        self.run("systemctl is-system-running --wait", timeout=timeout)
        return self.get("systemctl list-units --failed --plain --no-legend")

    def reboot(self, timeout):
        before = self.get("cat /proc/sys/kernel/random/boot_id")
        self.run("systemctl reboot --no-block")
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                self.machine.agent.wait(min(timeout, 30))
                if self.machine.agent.run("cat /proc/sys/kernel/random/boot_id").output.strip() != before:
                    return self.boot(max(1, end - time.monotonic()))
            except AgentError:
                pass
            time.sleep(0.5)
        raise AgentError(f"the guest was not back {timeout} s after systemctl reboot")

    def restore(self, name):
        """Back to a kept state, with the right time."""
        self.machine.restore(name)
        self.get(f"date -u -s @{time.time():.0f}")

    def load(self, *modules):
        for module in modules:
            self.get(f"modprobe {module} && udevadm settle")

    # MARK: The package

    def install(self, package, timeout=180):
        return self.get(f"DEBIAN_FRONTEND=noninteractive dpkg --install {package} 2>&1", timeout)

    def configure(self, devices=SIMULATED, more="", **sections):
        """Writes the configuration; what is not named stays as it is by default."""
        sections = {"room": {"name": "Laboratory", "timezone": "UTC"}, "devices": devices, **sections}
        text = ""
        for name, keys in sections.items():
            text += f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()) + "\n"
        # The file keeps its owner and mode.
        self.get("cat > /etc/roomd/roomd.toml", data=text + more)

    def restart(self, timeout=60):
        self.get("systemctl restart roomd.service", timeout * 3)
        self.wait_for_room(timeout)

    def be_strict(self):
        self.write("/etc/systemd/system/roomd.service.d/strict.conf", STRICT)
        self.get("systemctl daemon-reload")

    def be_patient(self):
        """For much work at once: with no processor of its own, what is slow here does not hang."""
        self.write("/etc/systemd/system/roomd.service.d/patient.conf", "[Service]\nWatchdogSec=120s\n")
        self.get("systemctl daemon-reload")

    # MARK: The room

    def wait_for_room(self, timeout=60):
        return self.until("roomctl status >/dev/null 2>&1", timeout, "the control socket answers")

    def call(self, method, parameters=None):
        """A method of the control socket."""
        arguments = shlex.quote(json.dumps(parameters)) if parameters is not None else ""
        return json.loads(self.get(f"roomctl --json call {method} {arguments}"))

    def state(self, path=None):
        return self.call("state.get", {"path": path} if path else None)

    def show(self, name, unit="roomd.service"):
        return self.get(f"systemctl show --property={name} --value {unit}")

    @property
    def pid(self):
        return int(self.show("MainPID"))

    def journal(self):
        return self.run("journalctl --no-pager --output=short-precise", timeout=60).output

    def display(self, name):
        """What the HDMI output shows, as a file."""
        return self.machine.screenshot(self.folder / f"{name}.png")

    def snapshot(self, name, socket="/run/roomd/control.sock"):
        """What the room at a socket says is on its display, as a file."""
        png = self.get(f"roomctl --socket {socket} snapshot /tmp/snapshot.png >/dev/null && base64 -w0 /tmp/snapshot.png")
        path = self.folder / f"{name}.png"
        path.write_bytes(base64.b64decode(png))
        return path

    def collect(self, name):
        """Journal, state and the HDMI output, for who looks into a failure."""
        self.deadline = None
        for what, take in {
            "journal.txt": self.journal,
            "state.json": lambda: self.run("roomctl --json call state.get", timeout=20).output,
        }.items():
            try:
                (self.folder / f"{name}-{what}").write_text(take())
            except (AgentError, OSError):
                pass
        try:
            self.display(name)
        except Exception:  # A machine that has ended shows nothing.
            pass
