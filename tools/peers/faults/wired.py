"""A room in a network of its own, whose cable can be pulled, whose packets can be swallowed and whose address can change."""

import subprocess
import time

import room as room_module
from acceptance.scenario import ADDRESS
from room import Room


class RoomInNetwork(Room):
    """A room in a network namespace of its own, on a switch (a bridge) that has the server's address."""

    FIRST = "10.77.0.2"

    @staticmethod
    def prepare():
        """The server's address moves to the switch: its ICE answers only what comes in by the interface of its address."""
        # A second port keeps the switch alive while the room's cable is pulled.
        ip("link add switch type bridge", "link add port0 type veth peer name port1", "link set port0 master switch")
        ip("link set port0 up", "link set port1 up", f"address del {ADDRESS}/24 dev room0")
        ip(f"address add {ADDRESS}/24 dev switch", "link set switch up")

    def start(self):
        self.address = self.FIRST
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        time.sleep(0.3)
        ip("link add cable0 type veth peer name cable1", f"link set cable1 netns {self.holder.pid}")
        ip("link set cable0 master switch", "link set cable0 up")
        self.within("link set lo up", f"address add {self.address}/24 dev cable1", "link set cable1 up")
        self.within(f"route add default via {ADDRESS}")
        with open(self.log, "ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                [*self.enter, room_module.ROOMD, "--config", str(self.configuration)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
            )
        return self

    @property
    def enter(self):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def within(self, *commands):
        ip(*commands, before=self.enter)

    def stop(self, timeout=15):
        result = super().stop(timeout)
        if hasattr(self, "holder"):
            self.holder.kill()
            self.holder.wait()
        return result

    def cut(self, how):
        if how == "cable":
            ip("link set cable0 down")
        else:
            # On arrival, at either end: who sends learns nothing of it.
            for interface, before in (("switch", []), ("cable1", self.enter)):
                lines = ["table inet faults {", "chain arrivals {", "type filter hook prerouting priority -300;"]
                rules = "\n".join([*lines, f'iifname "{interface}" drop', "}", "}"])
                subprocess.run([*before, "nft", "-f", "-"], input=rules, text=True, check=True)

    def mend(self, how):
        """Returns once the network works again: the kernel tells of a carrier up to a second late, and forwards nothing before."""
        if how == "cable":
            ip("link set cable0 up")
            end = time.monotonic() + 5
            while time.monotonic() < end and not all(self.is_up(*end_of) for end_of in (("cable0", ()), ("cable1", self.enter))):
                time.sleep(0.005)
        else:
            for before in ([], self.enter):
                subprocess.run([*before, "nft", "delete table inet faults"], check=True)

    @staticmethod
    def is_up(interface, before):
        words = subprocess.run([*before, "ip", "-br", "link", "show", interface], capture_output=True, text=True).stdout.split()
        return len(words) > 1 and words[1] == "UP"

    def move(self, address):
        """Another address in the same subnet; the old one is gone."""
        self.within(
            f"address del {self.address}/24 dev cable1", f"address add {address}/24 dev cable1",
            f"route replace default via {ADDRESS}",
        )
        self.address = address


def ip(*commands, before=()):
    """ip(8), several commands in one go."""
    text = "\n".join(commands) + "\n"
    subprocess.run([*before, "ip", "-batch", "-"], input=text, text=True, check=True)
