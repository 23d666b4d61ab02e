"""A flood at the control socket while the room is in a call: what it costs the media, and how long others wait for their answers.

The room is in a call with sound and picture in both directions through Janus, with a guest on Chrome's engine. Idle and loaded phases
alternate. In a loaded phase one client sends 10,000 requests a second, so many others follow everything that the limit of clients is
reached, and one of those never reads. Ordinary clients are timed in both. Deadlines of the media are counted on the wire by the kernel's
time stamps, and told by the room and the guest as well. Then the socket alone, roomd beside redis-server, in alternating runs.
"""

import argparse
import asyncio
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import clips
import janus
import room as room_module
import wire
from bench import usage
from control import Control
from guests import GuestProcess
from room import PROJECT, Room, tail

HERE = pathlib.Path(__file__).resolve().parent
ADDRESS = "10.77.0.1"
URL = f"janus+ws://{ADDRESS}:8188/?room=1234"
CLIENTS = 8  # ordinary ones
RATE = 10_000
FRAME = 1 / 30
OPUS = 111  # its payload type at Janus
LATE_SOUND = 0.010  # a block: later than that and the thread has missed its deadline
LATE_PICTURE = FRAME  # the next picture is there by then
WINDOW = 2.0  # within which lateness is measured, so that two clocks may drift apart
WAIT_LIMIT = 0.050  # of the 99th percentile of the ordinary clients in a loaded phase
MEDIA_THREADS = ("audio", "media", "capture", "encode", "decode", "display")
PEAK_SECONDS = 3.0


class Load:
    """A process of flood.py."""

    @classmethod
    async def start(cls, *arguments):
        load = cls()
        load.process = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE.parent / "flood.py"), *map(str, arguments), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, limit=64 << 20,
        )
        ready = await load.process.stdout.readline()
        if ready != b"ready\n":
            raise RuntimeError(f"flood.py {arguments[0]} did not become ready: status {await load.process.wait()}")
        return load

    def begin(self):
        self.process.stdin.write(b"\n")

    async def result(self):
        line = await self.process.stdout.readline()
        if await self.process.wait() != 0 or not line:
            raise RuntimeError(f"flood.py ended with status {self.process.returncode}")
        return json.loads(line)

    def stop(self):
        if self.process.returncode is None:
            self.process.kill()


class Call:
    """Janus, a guest and the room in one call."""

    def __init__(self, folder, engine):
        self.folder = folder
        self.server = None
        text = (
            "The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a warm "
            "cloak, and they agreed that whoever made him take it off should be considered stronger than the other."
        )
        self.speech = clips.speech(folder / "speech.wav", text, "en-gb")
        self.room = Room(
            folder / "room", services=[{"name": "bench", "url": f"janus+ws://{ADDRESS}:8188"}],
            devices={
                "camera": "pattern:1280x720@30", "microphone": f"file:{self.speech}",
                "speaker": f"file:{folder}/heard.wav", "display": "headless:1280x720",
            },
            video={"max_bitrate": 1_500_000},
        )
        self.guest = GuestProcess(
            folder, "guest", url=f"ws://{ADDRESS}:8188", room=1234, engine=engine, video="code:640x360@15", audio=str(self.speech)
        )

    async def begin(self):
        janus.configure(self.folder / "janus", ADDRESS, rooms=[{"id": 1234}])
        self.server = janus.start(self.folder / "janus", self.folder / "janus.log", ADDRESS)
        self.room.start()
        self.control = await Control.open(self.room.socket, is_alive=lambda: self.room.is_running)
        await asyncio.sleep(1)
        self.wire = wire.Wire()
        await self.control.call("meeting.join", {"url": URL, "microphone": True, "camera": True})
        await asyncio.sleep(2)
        # Nobody else is there yet: what is on the wire is the room's. (Janus sends it on with SSRCs of its own.)
        self.flows = {(packet[2], packet[6]) for packet in list(self.wire.packets)}
        await self.guest.start()
        await self.guest.event("first-frame", 30)
        await asyncio.sleep(8)

    async def end(self):
        self.wire.stop()
        await self.control.call("meeting.leave")
        await self.control.close()

    def stop(self):
        if hasattr(self.guest, "process"):
            self.guest.stop()
        self.room.stop()
        if self.server:
            self.server.terminate()
            self.server.wait()

    @property
    def pid(self):
        return self.room.process.pid

    def sent(self, since):
        """What the room sent since a place in the list: ([sound packets], [pictures]), each (instant, time stamp)."""
        sound, pictures, seen = [], [], set()
        for instant, _, destination, kind, _, stamp, source in self.wire.packets[since:]:
            if (destination, source) not in self.flows:
                continue
            if kind == OPUS:
                sound.append((instant, stamp))
            elif (source, stamp) not in seen:
                # The first packet of a picture; retransmissions and probes on the RTX stream have stamps that were there.
                seen.add((source, stamp))
                pictures.append((instant, stamp))
        return sound, pictures


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else None


def late(packets, rate, limit, step):
    """Of a flow that should be regular: (how many should have come, how many came late or not at all, the latest)."""
    count = missed = 0
    latest = 0.0
    first = 0
    while first < len(packets):
        last = first
        while last < len(packets) and packets[last][0] < packets[first][0] + WINDOW:
            last += 1
        lateness = wire.lateness([(instant, None, stamp) for instant, stamp in packets[first:last]], rate)
        missed += sum(1 for value in lateness if value > limit)
        latest = max(latest, *lateness)
        first = last
    for before, after in zip(packets, packets[1:]):
        distance = (after[1] - before[1]) % (1 << 32)
        # Half the range back is a packet out of order, which loopback does not make.
        count += max(1, round(distance / step)) if distance < 1 << 31 else 0
        missed += max(0, round(distance / step) - 1) if distance < 1 << 31 else 0
    return count, missed, latest


def run_delays(pid):
    """Seconds that each thread waited for a core: {thread id: (name, seconds)}; empty where the kernel does not count it."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            found[int(task.name)] = ((task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[1]) / 1e9)
        except OSError:
            continue
    return found


def machine():
    """What all cores have done so far, in seconds: (all, idle)."""
    values = [int(value) / usage.TICKS for value in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(values), values[3] + values[4]


def by_name(before, after):
    """Differences of two of usage.cpu_times or run_delays, summed by the threads' names."""
    sums = {}
    for thread, (name, value) in after.items():
        sums[name] = sums.get(name, 0.0) + value - before.get(thread, (name, 0.0))[1]
    return sums


def counters(found):
    """What of statistics.get counts on from phase to phase."""
    received = [one for one in found["inbound"] if one["kind"] == "video"]
    sent = [one for one in found["outbound"] if one["kind"] == "video"]
    return {
        "decoded": sum(one.get("frames", 0) for one in received), "freezes": sum(one.get("freezes", 0) for one in received),
        "sent": sum(one.get("frames", 0) for one in sent), "flips": found["stages"].get("flip", {}).get("count", 0),
    }


def inbound(report, kind):
    streams = [one for one in report if one["kind"] == kind and one.get("packetsReceived")]
    return streams[0] if streams else {}


async def watch(control, found):
    """What the room says of itself each second."""
    while True:
        report = await control.call("statistics.get", timeout=60)
        found["concealed"] += [one["concealed"] for one in report["inbound"] if "concealed" in one]
        await asyncio.sleep(1)


async def phase(call, seconds, is_loaded):
    """One phase. Returns what was measured."""
    loads = []
    try:
        probe = await Load.start("probe", call.room.socket, "--clients", CLIENTS, "--seconds", seconds)
        loads.append(probe)
        if is_loaded:
            loads.append(await Load.start("flood", call.room.socket, "--seconds", seconds + 1, "--rate", RATE))
            loads[-1].begin()
            await asyncio.sleep(0.5)
        guest_before, room_before = await call.guest.statistics(), await call.control.call("statistics.get", timeout=60)
        cpu_before, delay_before, place = usage.cpu_times(call.pid), run_delays(call.pid), len(call.wire.packets)
        machine_before, guest_cpu = machine(), usage.total_cpu(call.guest.process.pid)
        began = asyncio.get_running_loop().time()
        seen = {"concealed": []}
        watching = asyncio.create_task(watch(call.control, seen))
        probe.begin()
        answers = await probe.result()
        cpu_after, delay_after, machine_after = usage.cpu_times(call.pid), run_delays(call.pid), machine()
        took = asyncio.get_running_loop().time() - began
        sound, pictures = call.sent(place)
        watching.cancel()
        guest_after, room_after = await call.guest.statistics(), await call.control.call("statistics.get", timeout=60)
        resident, highest = usage.memory(call.pid)
        flood = await loads[1].result() if is_loaded else None
    finally:
        for load in loads:
            load.stop()
    latencies = [value for values in answers["latencies"].values() for value in values]
    before, after = counters(room_before), counters(room_after)
    heard = lambda key, kind: (inbound(guest_after, kind).get(key) or 0) - (inbound(guest_before, kind).get(key) or 0)
    sound_due, sound_late, sound_worst = late(sound, 48000, LATE_SOUND, 960)
    pictures_due, pictures_late, pictures_worst = late(pictures, 90000, LATE_PICTURE, 90000 * FRAME)
    cpu = {name: value / took for name, value in by_name(cpu_before, cpu_after).items()}
    return {
        "loaded": is_loaded, "seconds": took, "flood": flood,
        "answers": len(latencies), "unanswered": answers["unanswered"], "errors": answers["errors"],
        "cancelled": answers["cancelled"], "realTime": answers["realTime"],
        "p50": quantile(latencies, 0.5), "p99": quantile(latencies, 0.99), "longest": max(latencies, default=None),
        "byMethod": {name: [quantile(values, 0.5), quantile(values, 0.99)] for name, values in answers["latencies"].items()},
        "soundDue": sound_due, "soundLate": sound_late, "soundWorst": sound_worst,
        "picturesDue": pictures_due, "picturesLate": pictures_late, "picturesWorst": pictures_worst,
        "decodedRate": (after["decoded"] - before["decoded"]) / took, "sentRate": (after["sent"] - before["sent"]) / took,
        "freezes": after["freezes"] - before["freezes"], "concealed": statistics.mean(seen["concealed"] or [0]),
        "guestDecodedRate": heard("framesDecoded", "video") / took, "guestFreezes": heard("freezeCount", "video"),
        "guestConcealed": heard("concealedSamples", "audio") / max(1, heard("totalSamplesReceived", "audio")),
        "cpu": sum(cpu.values()), "threads": cpu, "waits": {name: value / took for name, value in by_name(delay_before, delay_after).items()},
        "guestCPU": (usage.total_cpu(call.guest.process.pid) - guest_cpu) / took, "flipRate": (after["flips"] - before["flips"]) / took,
        "machineIdle": (machine_after[1] - machine_before[1]) / (machine_after[0] - machine_before[0]),
        "memory": resident, "highest": highest, "stages": room_after["stages"],
    }


async def peaks(folder, runs):
    """The socket alone, no call: roomd and redis-server with always 64 requests open, and with one."""
    room = Room(folder / "alone", devices={"camera": "none", "microphone": "none", "speaker": "none", "display": "none"})
    redis_socket = folder / "redis.sock"
    with open(folder / "redis.log", "ab") as log:
        redis = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(redis_socket), "--save", "", "--appendonly", "no"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
        )
    found = {}
    try:
        room.start()
        await (await Control.open(room.socket, is_alive=lambda: room.is_running)).close()
        while not redis_socket.exists():
            await asyncio.sleep(0.05)
        for _ in range(runs):
            for what in ("redis", "state.get", "system.info"):
                pid, path = (redis.pid, redis_socket) if what == "redis" else (room.process.pid, room.socket)
                for window in (64, 1):
                    load = await Load.start("peak", path, "--what", what, "--window", window, "--seconds", PEAK_SECONDS)
                    before = usage.total_cpu(pid)
                    load.begin()
                    result = await load.result()
                    result["each"] = (usage.total_cpu(pid) - before) / result["answered"]
                    found.setdefault(f"{what}/{window}", []).append(result)
    finally:
        room.stop()
        redis.terminate()
        redis.wait()
    return found


def print_peaks(found):
    value = lambda key, of: statistics.median(of(one) for one in found[key])
    print(f"\n{'the socket alone, medians':<40} {'PING':>10} {'state.get':>10} {'system.info':>11}   ratios to redis-server")
    for title, window, of, unit in (
        ("requests a second, 64 open", 64, lambda one: one["rate"], 1),
        ("processor time of each, µs", 64, lambda one: one["each"], 1e6),
        ("round trip, one open, median, µs", 1, lambda one: statistics.median(one["roundTrips"]), 1e6),
        ("round trip, one open, 99th percentile, µs", 1, lambda one: quantile(one["roundTrips"], 0.99), 1e6),
    ):
        theirs, state, info = (unit * value(f"{what}/{window}", of) for what in ("redis", "state.get", "system.info"))
        print(f"{title:<40} {theirs:10.1f} {state:10.1f} {info:11.1f}   {state / theirs:.2f} and {info / theirs:.2f}")


ROWS = [
    ("p50", "answers to ordinary clients, median", "ms", 1e3), ("p99", "answers to ordinary clients, 99th percentile", "ms", 1e3),
    ("longest", "answers to ordinary clients, longest", "ms", 1e3), ("soundWorst", "sound on the wire, latest packet", "ms", 1e3),
    ("picturesWorst", "pictures on the wire, latest", "ms", 1e3), ("sentRate", "pictures a second sent", "", 1),
    ("decodedRate", "pictures a second decoded by the room", "", 1), ("concealed", "of the sound concealed by the room", "%", 100),
    ("guestDecodedRate", "pictures a second decoded by the guest", "", 1), ("guestConcealed", "of the sound concealed by the guest", "%", 100),
    ("flipRate", "flips a second", "", 1), ("machineIdle", "of the machine idle", "%", 100),
    ("cpu", "processor time of roomd", "% of a core", 100),
    ("guestCPU", "processor time of the guest", "% of a core", 100), ("memory", "resident memory of roomd", "MiB", 1 / 2**20),
]
# Counted events: (of how many, how many, title)
COUNTS = [
    ("soundDue", "soundLate", f"sound packets missing or over {1000 * LATE_SOUND:.0f} ms late"),
    ("picturesDue", "picturesLate", f"pictures missing or over {1000 * LATE_PICTURE:.0f} ms late"),
    ("answers", "unanswered", "ordinary requests unanswered"), ("answers", "errors", "ordinary requests answered with an error"),
    (None, "freezes", "freezes in the room"), (None, "guestFreezes", "freezes at the guest"),
]


def table(phases):
    idle, loaded = ([one for one in phases if one["loaded"] == kind] for kind in (False, True))
    median = lambda runs, key: statistics.median(one[key] for one in runs)
    missed = []
    print(f"\n{'median of ' + str(len(idle)) + ' phases each':<52} {'idle':>10} {'loaded':>10}   ratio  wanted")
    for key, title, unit, factor in ROWS:
        one, other = median(idle, key), median(loaded, key)
        mark = ""
        if key == "p99":
            is_good = other <= WAIT_LIMIT
            mark = f"≤ {1000 * WAIT_LIMIT:.0f} ms" + ("" if is_good else "  MISSED")
            missed += [] if is_good else [title]
        ratio = f"{other / one:5.2f}" if one else "    –"
        print(f"{title + (', ' + unit if unit else ''):<52} {one * factor:10.2f} {other * factor:10.2f}   {ratio}  {mark}")
    print(f"{'all phases together':<52} {'idle':>10} {'loaded':>10}")
    for of, key, title in COUNTS:
        one, other = sum(phase[key] for phase in idle), sum(phase[key] for phase in loaded)
        # No more often than when idle; two standard deviations of a count are left to chance.
        is_good = other <= one + 2 * math.sqrt(one + 1)
        missed += [] if is_good else [title]
        total = f" of {sum(phase[of] for phase in idle)} and {sum(phase[of] for phase in loaded)}" if of else ""
        print(f"{title:<52} {one:10d} {other:10d}   {'no more often' if is_good else 'no more often  MISSED'}{total}")
    floods = [one["flood"] for one in loaded]
    rate = statistics.median(one["answered"] / one["seconds"] for one in floods)
    if rate < 0.99 * RATE:
        missed.append("answers to the flood")
    each = statistics.median((one["cpu"] - median(idle, "cpu")) / (one["flood"]["answered"] / one["flood"]["seconds"]) for one in loaded)
    last = floods[-1]
    print(
        f"The flood: {rate:.0f} answers a second of {RATE} wanted{'' if rate >= 0.99 * RATE else '  MISSED'}; "
        f"all of one tick (5 ms) answered after {1000 * statistics.median(one['median'] for one in floods):.1f} ms in the median, "
        f"{1000 * statistics.median(one['p99'] for one in floods):.1f} ms in the 99th percentile; "
        f"held back by the daemon {100 * statistics.median(one['blocked'] for one in floods):.0f} % of the time; "
        f"{sum(one['errors'] for one in floods)} errors, {sum(one['cancelled'] for one in floods)} volumes made void by a later one; "
        f"{1e6 * each:.0f} µs of roomd's processor time for each, followers included."
    )
    print(
        f"Clients: {last['followers']} followers beside the others, {sum(one['followersLost'] for one in floods)} of them cut off in all phases, "
        f"{last['followersBytes'] / last['seconds'] / 1e6:.1f} MB/s read by them; the one who never reads was cut off "
        f"{sum(one['deafCut'] for one in floods)} times. One more client is told: {json.dumps(last['limit'], ensure_ascii=False)}"
    )
    print(f"The flood's own processor time: {100 * statistics.median(one['cpu'] for one in floods):.1f} % of a core, at nice 10.")
    share = lambda runs, key, name: 100 * statistics.median(one[key].get(name, 0) for one in runs)
    names = sorted({name for one in phases for name, value in one["threads"].items() if value >= 0.01})
    print("Threads of roomd, % of a core, idle → loaded: " + ", ".join(
        f"{name} {share(idle, 'threads', name):.1f} → {share(loaded, 'threads', name):.1f}" for name in names))
    print("Media threads waiting for a core, % of the time, idle → loaded: " + ", ".join(
        f"{name} {share(idle, 'waits', name):.1f} → {share(loaded, 'waits', name):.1f}" for name in MEDIA_THREADS))
    methods = sorted(loaded[0]["byMethod"])
    print("Loaded, by method, median and 99th percentile in ms: " + ", ".join(
        f"{name} {1000 * statistics.median(one['byMethod'][name][0] for one in loaded):.2f} "
        f"{1000 * statistics.median(one['byMethod'][name][1] for one in loaded):.1f}" for name in methods))
    return missed


def versions():
    def text(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[:1]

    return {
        "roomd": text(room_module.ROOMD, "--version"), "janus": text("janus", "--version"), "redis": text("redis-server", "--version"),
        "kernel": text("uname", "-r"), "cores": text("nproc"), "seed": 7,
    }


async def main():
    parser = argparse.ArgumentParser(prog="tools/bench control")
    parser.add_argument("--runs", type=int, default=5, help="phases of each kind")
    parser.add_argument("--seconds", type=float, default=20, help="length of a phase")
    parser.add_argument("--engine", choices=["chrome", "aiortc"], default="chrome", help="of the guest")
    options = parser.parse_args()
    if shutil.which("redis-server") is None:
        sys.exit("bench: redis-server is missing, which roomd is compared with: run tools/setup as root, or apt-get install redis-server")
    out = PROJECT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    phases = []
    with tempfile.TemporaryDirectory(prefix="roomd-bench-") as folder:
        folder = pathlib.Path(folder)
        call = Call(folder, options.engine)
        try:
            await call.begin()
            for number in range(options.runs):
                # In turns first and second, so that neither always has the warmer machine.
                for is_loaded in (False, True) if number % 2 == 0 else (True, False):
                    result = await phase(call, options.seconds, is_loaded)
                    phases.append(result)
                    print(
                        f"bench: run {number + 1}, {'loaded' if is_loaded else 'idle'}: p50 {1000 * result['p50']:.2f} ms, "
                        f"p99 {1000 * result['p99']:.1f} ms, late sound {result['soundLate']} of {result['soundDue']}, late pictures "
                        f"{result['picturesLate']} of {result['picturesDue']}, processor time {100 * result['cpu']:.0f} %"
                        + (f", {result['flood']['answered'] / result['flood']['seconds']:.0f} answers a second" if is_loaded else ""),
                        flush=True,
                    )
                    await asyncio.sleep(1)
            await call.end()
        except Exception:
            print(tail(call.room.log, 12), tail(call.guest.log, 6), sep="\n", file=sys.stderr)
            raise
        finally:
            call.stop()
        alone = await peaks(folder, options.runs)
    (out / "control.json").write_text(json.dumps({"versions": versions(), "phases": phases, "alone": alone}, indent=1))
    missed = table(phases)
    print_peaks(alone)
    print(f"versions: {versions()}")
    print("bench: " + (f"missed: {', '.join(missed)}" if missed else "everything wanted is met"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    asyncio.run(main())
