"""Runs roomd on simulated devices, in a folder of its own."""

import os
import pathlib
import signal
import subprocess
import time

PROJECT = pathlib.Path(__file__).resolve().parents[2]
ROOMD = os.environ.get("ROOMD", str(PROJECT / ".build/release/roomd"))
ROOMCTL = os.environ.get("ROOMCTL", str(PROJECT / ".build/release/roomctl"))

DEFAULTS = {
    "room": {"name": "Boardroom", "timezone": "Europe/Berlin"},
    "control": {"operators": "", "observers": ""},
    "devices": {
        "camera": "pattern:1280x720@30", "microphone": "tone:440", "speaker": "none", "display": "headless:1280x720",
    },
    "join": {"countdown": "3s", "early": "3s", "alone": "2s", "microphone": True, "camera": True},
}


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Room:
    def __init__(self, folder, calendars=(), services=(), **sections):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "control.sock"
        self.log = self.folder / "roomd.log"
        self.configuration = self.folder / "roomd.toml"
        merged = {name: dict(DEFAULTS.get(name, {}), **sections.get(name, {})) for name in {*DEFAULTS, *sections}}
        merged["control"]["socket"] = str(self.socket)
        merged.setdefault("storage", {"state": f"{self.folder}/state", "recordings": f"{self.folder}/recordings"})
        text = ""
        for name in sorted(merged):
            text += f"[{name}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in merged[name].items()) + "\n"
        for kind, tables in (("calendar", calendars), ("service", services)):
            for table in tables:
                text += f"[[{kind}]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in table.items()) + "\n"
        self.configuration.write_text(text)
        self.process = None

    def start(self):
        if not os.access(ROOMD, os.X_OK):
            raise RuntimeError(f"there is no {ROOMD}; build it with: tools/build roomd")
        with open(self.log, "ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                [ROOMD, "--config", str(self.configuration)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        return self

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=15):
        """SIGTERM. Returns (exit status, seconds until it had ended); a daemon that does not end is killed: status None."""
        if self.process is None:
            return None, 0.0
        asked = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        return status, time.monotonic() - asked


def tail(path, lines=25):
    """The end of a log, for error messages."""
    try:
        text = pathlib.Path(path).read_text(errors="replace").splitlines()
    except OSError:
        return f"(there is no {path})"
    return "\n".join(f"    {line}" for line in text[-lines:]) or f"    ({path} is empty)"


def roomctl(room, *arguments, stdin=None, timeout=30):
    """Runs roomctl; returns the finished process with text output."""
    return subprocess.run(
        [ROOMCTL, "--socket", str(room.socket), *arguments], input=stdin, capture_output=True, text=True,
        timeout=timeout,
    )
