"""Whoever can reach the room's UDP ports sends rubbish into a call: the call goes on, and the rubbish is counted.

What is sent: real datagrams of this call, seen on the wire, changed, cut short and sent again; random bytes; STUN, RTP and RTCP that
nobody honest makes; and whole DTLS ClientHellos, made by OpenSSL, and changed ones. Half of it comes, with a forged source, from the
very address that ICE has validated, the server's; the rest from addresses that nobody has heard of.
"""

import argparse
import asyncio
import os
import socket
import ssl
import struct
import time

from acceptance.scenario import ADDRESS
from faults.wired import RoomInNetwork
from faults.world import run

RATE = 4000  # datagrams a second
FORGED = 0  # the check sum of what we send ourselves: none, which UDP permits and the kernel does not do
FREEZE = 0.2  # a gap between two pictures that people see
STRANGERS = [("10.77.0.99", 5000), ("10.77.0.3", 40_000), (ADDRESS, 9)]
ETH_P_ALL, ETH_P_IP = 3, 0x0800  # <linux/if_ether.h>


class Tap:
    """The last datagrams of each flow with the room, whole: {(source, destination): [payload]}, both (address, port)."""

    KEPT = 64

    def __init__(self, interface):
        self.flows = {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        # What leaves by an interface is only shown to who asks for every protocol.
        self.socket.bind((interface, ETH_P_ALL))
        self.socket.setblocking(False)

    def read(self):
        while True:
            try:
                data, address = self.socket.recvfrom(2048)
            except BlockingIOError:
                return
            if address[1] != ETH_P_IP or len(data) < 28 or data[9] != socket.IPPROTO_UDP:
                continue
            udp = 4 * (data[0] & 15)
            *ports, _, checksum = struct.unpack_from("!HHHH", data, udp)
            if checksum == FORGED:
                continue
            flow = (socket.inet_ntoa(data[12:16]), ports[0]), (socket.inet_ntoa(data[16:20]), ports[1])
            kept = self.flows.setdefault(flow, [])
            kept.append(data[udp + 8 :])
            del kept[: -self.KEPT]

    def to(self, address):
        """Flows that reach an address: [(source, destination, payloads)]."""
        return [(source, end, kept) for (source, end), kept in self.flows.items() if end[0] == address and len(kept) >= 8]


def client_hello():
    """A ClientHello of OpenSSL's, as the first flight of a DTLS handshake has it (RFC 6347)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(into, out).do_handshake()
    except ssl.SSLWantReadError:
        pass
    # Python has no DTLS: the body of a TLS ClientHello, with an empty cookie, in DTLS's headers.
    body = out.read()[9:]
    session = 35 + body[34]
    body = b"\xfe\xfd" + body[2:session] + b"\0" + body[session:]
    size = struct.pack("!I", len(body))[1:]
    message = b"\1" + size + b"\0\0" + b"\0\0\0" + size + body
    return b"\x16\xfe\xff" + bytes(8) + struct.pack("!H", len(message)) + message


class Attacker:
    def __init__(self, random, flows):
        self.random, self.flows = random, flows
        self.hello = client_hello()
        self.sent = {}
        # The whole IP packet is ours, with whatever source.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def changed(self, payload):
        copy = bytearray(payload)
        for _ in range(self.random.randint(1, 6)):
            copy[self.random.randrange(len(copy))] ^= self.random.randint(1, 255)
        return bytes(copy)

    def bytes(self, most):
        return self.random.randbytes(self.random.randint(0, most))

    def datagram(self, real):
        random = self.random
        kind = random.choice(["random", "changed", "changed", "cut", "again", "rtp", "rtcp", "stun", "hello", "hello changed"])
        if kind == "random":
            return kind, self.bytes(1400)
        if kind == "changed":
            return kind, self.changed(real)
        if kind == "cut":
            return kind, real[: random.randint(0, len(real))]
        if kind == "again":
            return kind, real
        if kind == "rtp":
            return kind, bytes([0x80 | random.randrange(64), random.randrange(128)]) + self.bytes(1200)
        if kind == "rtcp":
            return kind, bytes([0x80 | random.randrange(32), random.randint(192, 223)]) + self.bytes(200)
        if kind == "stun":
            length = 4 * random.randrange(30)
            kinds = [0x0001, 0x0101, 0x0111, 0x0003, 0x0016, 0x0017]
            return kind, struct.pack("!HHI", random.choice(kinds), length, 0x2112A442) + random.randbytes(12 + length)
        return kind, self.hello if kind == "hello" else self.changed(self.hello)

    def send(self):
        """One datagram; from the validated address as often as not."""
        source, end, payloads = self.random.choice(self.flows)
        kind, payload = self.datagram(self.random.choice(payloads))
        place = "on path" if self.random.random() < 0.5 else "off path"
        if place == "off path":
            source = self.random.choice(STRANGERS)
        header = struct.pack("!HHHH", source[1], end[1], 8 + len(payload), FORGED)
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, socket.inet_aton(source[0]), socket.inet_aton(end[0]))
        self.socket.sendto(ip + header + payload, (end[0], 0))
        self.sent[place, kind] = self.sent.get((place, kind), 0) + 1


def longest_gap(instants, since, until):
    marks = [since, *(one for one in instants if since < one < until), until]
    return max(after - before for before, after in zip(marks, marks[1:]))


async def play(world, count):
    await world.begin(RoomInNetwork, "chrome")
    room, report = world.room, world.report
    tap = Tap("cable0")
    # Feedback on what the room sends comes five times a second.
    await asyncio.sleep(5)
    tap.read()
    flows = tap.to(room.address)
    report.check("both connections of the room are on the wire", len(flows) == 2, str([flow[:2] for flow in flows]))
    before, memory = await world.client.call("statistics.get"), room_memory(room)
    attacker = Attacker(world.random, flows)
    began = time.monotonic()
    while (number := sum(attacker.sent.values())) < count:
        for _ in range(min(count - number, int((time.monotonic() - began) * RATE) + 1 - number)):
            attacker.send()
        if number % 20_000 < 200:
            # Replays and changes of what is sent now, not of what is long out of every window.
            tap.read()
        await asyncio.sleep(0.005)
    ended = time.monotonic()
    await asyncio.sleep(2)
    after = await world.client.call("statistics.get")
    kinds = {place: sum(number for (where, _), number in attacker.sent.items() if where == place) for place in ("on path", "off path")}
    hellos = sum(number for (_, kind), number in attacker.sent.items() if kind == "hello")
    report.note(f"{sum(kinds.values()):,} datagrams in {ended - began:.0f} s: {kinds}, {hellos} ClientHellos as they should be")
    states = world.states(began)
    report.check("the meeting's state stays joined", not states and world.client.get("meeting.state") == "joined", str(states or ""))
    for name in ("publish", "receive"):
        refused = {reason: now - before[name]["refused"].get(reason, 0) for reason, now in after[name]["refused"].items()}
        report.check(
            f"{name}: the same connection is up, and has counted", after[name]["state"] == "connected"
            and after[name]["packetsReceived"] > before[name]["packetsReceived"]
            and all(refused[reason] > 0 for reason in ("unvalidated", "unknown", "unauthenticated", "stun")), str(refused),
        )
    seen = [instant for instant, _ in world.far.arrivals["Boardroom"]["video"]]
    gap = longest_gap(seen, began, ended)
    report.check(f"the far end sees no gap over {FREEZE} s", gap <= FREEZE, f"{gap:.3f} s")
    frozen = [
        now["freezes"] - earlier["freezes"] for now in after["inbound"] for earlier in before["inbound"]
        if now["kind"] == earlier["kind"] == "video" and now["participant"] == earlier["participant"]
    ]
    report.check("the room sees no freeze", frozen == [0], str(frozen))
    sound = [
        (now["concealedSamples"] - earlier["concealedSamples"]) / max(1, now["totalSamplesReceived"] - earlier["totalSamplesReceived"])
        for now in after["inbound"] for earlier in before["inbound"] if now["kind"] == earlier["kind"] == "audio"
    ]
    report.check("the room invents no more than 0.5 % of the sound", bool(sound) and max(sound) <= 0.005, f"{max(sound):.2%}")
    grown = room_memory(room) - memory
    report.check("memory does not grow with them", grown < 8 << 20, f"{grown / 2**20:+.1f} MiB")
    world.keep({"sent": {f"{place}, {kind}": number for (place, kind), number in attacker.sent.items()}, "after": after})


def room_memory(room):
    with open(f"/proc/{room.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults datagrams")
    parser.add_argument("--times", type=int, default=100_000, help="datagrams")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run("datagrams", f"{options.times:,} forged datagrams into a call", options.seed, lambda world: play(world, options.times))
