"""The emulated computer: a QEMU process with its monitor, its agent and what its HDMI output shows."""

import json
import pathlib
import socket
import struct
import subprocess
import time

from lab.agent import Agent

# Of the HDMI output.
WIDTH, HEIGHT = 1280, 720


class MachineError(Exception):
    pass


class Machine:
    """Boots from an image, of which it changes nothing."""

    def __init__(self, image, folder, memory=1536):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.console = self.folder / "console.log"
        self.overlay = self.folder / "disk.qcow2"
        self.screen = (self.folder / "screen.sock").resolve()
        self.image = image
        self.memory = memory
        self.process = None
        self.monitor = None
        self.agent = None
        self.parcels = 0
        self.states = set()

    def start(self):
        self.overlay.unlink(missing_ok=True)
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(self.image.disk.resolve()), str(self.overlay)],
            check=True)
        monitor, agent = self._listen("monitor.sock"), self._listen("agent.sock")
        # Without a processor's help: it runs wherever the tests run. What it lacks in speed no scenario may assert.
        command = [
            "nice", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "pc", "-accel", "tcg,thread=multi",
            "-cpu", "max", "-smp", "2", "-m", str(self.memory), "-display", "none",
            "-kernel", str(self.image.kernel), "-initrd", str(self.image.initrd),
            "-append", "root=/dev/vda rw console=ttyS0 quiet mitigations=off vt.global_cursor_default=0",
            "-drive", f"file={self.overlay},if=virtio,format=qcow2,discard=unmap,cache=unsafe",
            "-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}",
            "-device", "virtio-rng-pci", "-rtc", "base=utc,clock=host",
            "-serial", f"file:{self.console}",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={agent.getsockname()}",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-qmp", f"unix:{monitor.getsockname()}",
            "-vnc", f"unix:{self.screen}",
        ]
        with open(self.folder / "qemu.log", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.monitor = Monitor(self._accept(monitor))
        self.agent = Agent(self._accept(agent), lambda: self.process.poll() is None)
        return self

    def _listen(self, name):
        # A relative path: the name of a socket may have 107 bytes only.
        path = (self.folder / name).resolve()
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(path))
        server.listen(1)
        server.settimeout(20)
        return server

    def _accept(self, server):
        with server:
            try:
                return server.accept()[0]
            except TimeoutError:
                raise MachineError("QEMU does not start: " + (self.folder / "qemu.log").read_text().strip()) from None

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            try:
                self.monitor.call("quit")
            except (OSError, MachineError):
                pass
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        self.overlay.unlink(missing_ok=True)

    def screenshot(self, path):
        """What the HDMI output shows now, as PNG."""
        path = pathlib.Path(path).resolve()
        self.monitor.call("screendump", filename=str(path), format="png")
        return path

    def resize(self, width, height):
        """Another monitor: one that prefers this mode. A viewer of the screen says so (RFB 3.8, ExtendedDesktopSize)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as viewer, viewer.makefile("rb") as answers:
            viewer.settimeout(30)
            viewer.connect(str(self.screen))
            answers.read(12)
            viewer.sendall(b"RFB 003.008\n")
            # Out of the kinds of security there are: none. Then what it is like, and this viewer may share it.
            answers.read(answers.read(1)[0])
            viewer.sendall(b"\x01")
            answers.read(4)
            viewer.sendall(b"\x01")
            answers.read(struct.unpack(">20xI", answers.read(24))[0])
            viewer.sendall(struct.pack(">BxHi", 2, 1, -308))
            viewer.sendall(struct.pack(">BxHHBxIHHHHI", 251, width, height, 1, 0, 0, 0, width, height, 0))
            # An answer to something else shows that it was read.
            viewer.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, 1, 1))
            answers.read(1)

    def plug(self, disk):
        """Plugs in a read-only disk; returns its name in the guest."""
        self.parcels += 1
        name = f"parcel{self.parcels}"
        self.monitor.call("blockdev-add", **{
            "driver": "raw", "node-name": name, "read-only": True,
            "file": {"driver": "file", "filename": str(pathlib.Path(disk).resolve()), "read-only": True}})
        self.monitor.call("device_add", driver="virtio-blk-pci", drive=name, id=f"disk-{name}", serial=name)
        return f"/dev/disk/by-id/virtio-{name}"

    def unplug(self):
        """Takes out the disk that was plugged in last."""
        name = f"parcel{self.parcels}"
        self.monitor.call("device_del", id=f"disk-{name}")
        end = time.monotonic() + 60
        while True:
            try:
                return self.monitor.call("blockdev-del", **{"node-name": name})
            except MachineError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def save(self, name):
        """Keeps the whole state, running programs included, under a name."""
        self._command(f"savevm {name}")
        self.states.add(name)

    def restore(self, name):
        """Brings a kept state back. The guest's clock then stands where it was; see `Guest.set_clock`."""
        self._command(f"loadvm {name}")
        self.agent.synchronize()

    def _command(self, line):
        answer = self.monitor.call("human-monitor-command", **{"command-line": line}).strip()
        if answer:
            raise MachineError(f"{line}: {answer}")


class Monitor:
    """QMP: one JSON text a line; events are passed over."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(120)
        self.lines = connection.makefile("rb")
        self._read("QMP")
        self.call("qmp_capabilities")

    def call(self, command, **arguments):
        request = {"execute": command, "arguments": arguments}
        self.connection.sendall(json.dumps(request).encode() + b"\n")
        return self._read("return", command)

    def _read(self, key, command="greeting"):
        while line := self.lines.readline():
            message = json.loads(line)
            if "error" in message:
                raise MachineError(f"{command}: {message['error']['desc']}")
            if key in message:
                return message[key]
        raise MachineError(f"{command}: QEMU has ended")
