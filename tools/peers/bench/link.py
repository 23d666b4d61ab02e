"""A second network namespace beside the one that tools/peers/namespace gives, and loss on the link between the two.

Janus and the guests are at NEAR, whoever is under test is at FAR; the veth pair is the link. There is no `tc netem` here: nftables drops
UDP at random where it comes in, at both ends, so that media, STUN and DTLS suffer and the signalling over TCP does not.
"""

import contextlib
import ctypes
import json
import os
import subprocess
import time

NEAR, FAR = "10.77.0.1", "10.77.0.2"
NEAR_END, FAR_END = "room0", "room1"
CLONE_NEWNET = 0x40000000  # <sched.h>
# Counted before and after the dropping rule: what came, and what was dropped of it.
RULES = """table inet loss {{
    chain input {{
        type filter hook input priority 0; policy accept;
        iifname {end} meta l4proto udp counter
        iifname {end} meta l4proto udp numgen random mod 1000 < {share} counter drop
    }}
}}
"""


class Link:
    """Use as a context manager; on leaving, the far namespace is given up."""

    def __enter__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        # A namespace lives as long as somebody is in it.
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        path = f"/proc/{self.holder.pid}/ns/net"
        self.near = os.open("/proc/self/ns/net", os.O_RDONLY)
        end = time.monotonic() + 5
        while os.readlink(path) == os.readlink("/proc/self/ns/net"):
            if time.monotonic() > end:
                raise RuntimeError("unshare --net has not made a network namespace within 5 s")
            time.sleep(0.01)
        self.far = os.open(path, os.O_RDONLY)
        self._run("ip", "link", "set", FAR_END, "netns", str(self.holder.pid))
        with self.at_far_end():
            self._run("ip", "link", "set", "lo", "up")
            self._run("ip", "address", "add", f"{FAR}/24", "dev", FAR_END)
            self._run("ip", "link", "set", FAR_END, "up")
        return self

    def __exit__(self, *_):
        self.holder.kill()
        self.holder.wait()
        os.close(self.near)
        os.close(self.far)

    @staticmethod
    def _run(*command, text=None):
        return subprocess.run(command, check=True, capture_output=True, text=True, input=text).stdout

    @contextlib.contextmanager
    def at_far_end(self):
        """Processes started and sockets opened by this thread meanwhile belong to the far namespace."""
        self._enter(self.far)
        try:
            yield
        finally:
            self._enter(self.near)

    def _enter(self, namespace):
        if self.libc.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns: expected to be allowed to enter a namespace of our own")

    def lose(self, percent):
        """From now on so much is lost in each direction; counting begins anew. 0 takes the rules away."""
        for end, place in self._ends():
            with place():
                self._run("nft", "flush", "ruleset")
                if percent:
                    self._run("nft", "-f", "-", text=RULES.format(end=end, share=round(10 * percent)))

    def lost(self):
        """Datagrams that came and that were dropped, by the end at which they came in."""
        counted = {}
        for end, place in self._ends():
            with place():
                listing = json.loads(self._run("nft", "-j", "list", "chain", "inet", "loss", "input"))
            packets = [
                part["counter"]["packets"] for item in listing["nftables"] for part in item.get("rule", {}).get("expr", ()) if "counter" in part
            ]
            counted[end] = {"came": packets[0], "dropped": packets[1]}
        return counted

    def _ends(self):
        return (NEAR_END, contextlib.nullcontext), (FAR_END, self.at_far_end)
