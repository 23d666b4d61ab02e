"""Runs programs in the guest: QEMU's guest agent, over a virtio-serial port."""

import base64
import json
import random
import time
from dataclasses import dataclass


class AgentError(Exception):
    pass


@dataclass
class Result:
    """What a program left: its exit status, negative for a signal, and its output."""

    status: int
    output: str
    errors: str

    @property
    def is_good(self):
        return self.status == 0


class Agent:
    def __init__(self, connection, is_alive):
        self.connection = connection
        self.is_alive = is_alive
        self.buffer = b""

    def wait(self, timeout):
        """Until the agent answers: the guest is up."""
        end = time.monotonic() + timeout
        while True:
            try:
                return self.synchronize(timeout=5)
            except AgentError:
                if time.monotonic() > end:
                    raise AgentError(f"the guest's agent did not answer within {timeout} s") from None

    def synchronize(self, timeout=30):
        """Passes over whatever is left on the line from earlier."""
        number = random.randrange(1 << 40)
        request = {"execute": "guest-sync-delimited", "arguments": {"id": number}}
        # 0xFF makes the agent forget half a request; it sends one before its answer.
        self.connection.sendall(b"\xff" + json.dumps(request).encode() + b"\n")
        end = time.monotonic() + timeout
        while True:
            line = self._line(end)
            if b"\xff" in line and json.loads(line.rpartition(b"\xff")[2]).get("return") == number:
                return

    def call(self, command, timeout=30, **arguments):
        self.connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        message = json.loads(self._line(time.monotonic() + timeout))
        if "error" in message:
            raise AgentError(f"{command}: {message['error'].get('desc')}")
        return message["return"]

    def run(self, script, timeout=60, data=None):
        """Runs a bash script as root; what stands in `data` is its standard input."""
        arguments = {"path": "/bin/bash", "arg": ["-c", script], "capture-output": True}
        if data is not None:
            arguments["input-data"] = base64.b64encode(data.encode()).decode()
        process = self.call("guest-exec", **arguments)["pid"]
        end = time.monotonic() + timeout
        pause = 0.05
        while True:
            state = self.call("guest-exec-status", pid=process)
            if state["exited"]:
                break
            if time.monotonic() > end:
                raise AgentError(f"did not end within {timeout} s in the guest: {script}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)
        text = {key: base64.b64decode(state.get(key, "")).decode(errors="replace") for key in ("out-data", "err-data")}
        return Result(state.get("exitcode", -state.get("signal", 1)), text["out-data"], text["err-data"])

    def _line(self, end):
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                raise AgentError("the guest's agent does not answer")
            if not self.is_alive():
                raise AgentError("QEMU has ended")
            self.connection.settimeout(min(left, 1))
            try:
                data = self.connection.recv(1 << 16)
            except TimeoutError:
                continue
            if not data:
                raise AgentError("QEMU has closed the agent's line")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line
