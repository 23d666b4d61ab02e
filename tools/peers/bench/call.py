"""One call, roomd and Chrome's engine (PyPI wrtc) in each other's place, in alternating runs.

Both send the same 1280×720@30 clip in VP8 at 1.5 Mb/s and the same speech through one Janus, and receive the same from a far end, which is
on Chrome's engine in either case. Compared are the medians of the runs. What a process uses is counted for each picture element that the
far end decoded of it. Chrome's engine runs in Python here: of its process only the engine's own threads are counted, not the main
thread, which does Python's work; the table has the whole process besides.
"""

import argparse
import asyncio
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import clips
import janus
import room as room_module
from bench import usage
from control import Control
from guests import GuestProcess
from room import PROJECT, Room, tail

ADDRESS = "10.77.0.1"
WEBSOCKET = f"ws://{ADDRESS}:8188"
URL = f"janus+ws://{ADDRESS}:8188/?room=1234"
BITRATE = 1_500_000
ABSOLUTE = {"memory": 80e6, "full": 2.0}  # what roomd's own figure may be at most, in bytes and seconds
SETTLE = 8.0  # seconds after joining before processor time is counted

# What is compared: (key, title, unit, factor for people, limit of the ratio or None)
ROWS = [
    ("cpuPerPixel", "processor time per picture element sent", "ns", 1e9, 0.8),
    ("cpu", "processor time", "% of a core", 100, None),
    ("memory", "resident memory", "MiB", 1 / 2**20, 0.5),
    ("firstFrame", "from joining to the first picture decoded", "s", 1, 1.0),
    ("latency", "from capture to decoded at the far end", "ms", 1000, 1.0),
    ("full", "from joining to the clip's size at the far end", "s", 1, None),
    ("elements", "picture elements of a picture at the far end", "thousand", 1e-3, None),
    ("rate", "pictures a second at the far end", "", 1, None),
    ("sentBitrate", "sent, as the far end counts it", "Mb/s", 1e-6, None),
    ("receivedRate", "pictures a second decoded of the far end", "", 1, None),
]


class Material:
    """What both send."""

    def __init__(self, folder, size=(1280, 720), rate=30):
        self.size, self.rate = size, rate
        self.clip = clips.clip(folder / "clip.y4m", *size, rate, "bench")
        self.speech = clips.speech(
            folder / "speech.wav",
            "The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a warm "
            "cloak, and they agreed that whoever made him take it off should be considered stronger than the other.",
            "en-gb",
        )


class RoomUnderTest:
    name = "roomd"

    def __init__(self, folder, material):
        self.room = Room(
            folder / "room", services=[{"name": "bench", "url": f"janus+ws://{ADDRESS}:8188"}],
            devices={
                "camera": f"file:{material.clip}", "microphone": f"file:{material.speech}", "speaker": "none",
                "display": "headless:1280x720",
            },
            video={"width": material.size[0], "height": material.size[1], "frame_rate": material.rate, "max_bitrate": BITRATE},
        )

    async def join(self):
        self.room.start()
        self.control = await Control.open(self.room.socket, is_alive=lambda: self.room.is_running)
        await asyncio.sleep(1)
        began = time.monotonic()
        await self.control.call("meeting.join", {"url": URL, "microphone": True, "camera": True})
        return began

    @property
    def pid(self):
        return self.room.process.pid

    def cpu(self):
        whole = usage.total_cpu(self.pid)
        return whole, whole

    async def received(self):
        """Pictures decoded so far, and when the first was."""
        found = await self.control.call("statistics.get")
        video = next((one for one in found["inbound"] if one["kind"] == "video"), {})
        return video.get("frames", 0), video.get("firstFrame"), found["stages"]

    async def end(self):
        await self.control.call("meeting.leave")
        await self.control.close()
        self.room.stop()

    def log(self):
        return self.room.log


class ChromeUnderTest:
    name = "Chrome's engine"

    def __init__(self, folder, material):
        self.guest = GuestProcess(
            folder, "chrome", url=WEBSOCKET, room=1234, engine="chrome", video=str(material.clip), audio=str(material.speech)
        )

    async def join(self):
        await self.guest.start()
        began, _ = await self.guest.event("starting", 20)
        await self.guest.event("published", 20)
        return began

    @property
    def pid(self):
        return self.guest.process.pid

    def cpu(self):
        threads = usage.cpu_times(self.pid)
        whole = usage.total_cpu(self.pid)
        return whole - threads[self.pid][1], whole

    async def received(self):
        report = await self.guest.statistics()
        video = next((one for one in report if one["kind"] == "video" and one.get("packetsReceived")), {})
        first = self.guest.first("first-frame")
        return video.get("framesDecoded") or 0, first and first[0], {}

    async def end(self):
        await self.guest.leave()

    def log(self):
        return self.guest.log


async def measure(folder, material, make, seconds):
    """One run. Returns what was measured."""
    janus.configure(folder / "janus", ADDRESS, rooms=[{"id": 1234, "bitrate": BITRATE}])
    server = janus.start(folder / "janus", folder / "janus.log", ADDRESS)
    far = GuestProcess(
        folder, "far", url=WEBSOCKET, room=1234, engine="chrome", video=str(material.clip), audio=str(material.speech)
    )
    subject = make(folder, material)
    try:
        await far.start()
        await far.event("published", 20)
        await asyncio.sleep(3)
        began = await subject.join()
        await far.event("first-frame", 20)
        await asyncio.sleep(max(0.0, began + SETTLE - time.monotonic()))
        since, (cpu, whole), (decoded, first, _) = time.monotonic(), subject.cpu(), await subject.received()
        before = await far.statistics()
        await asyncio.sleep(seconds)
        until, (cpu_end, whole_end), (decoded_end, first, stages) = time.monotonic(), subject.cpu(), await subject.received()
        after = await far.statistics()
        resident, _ = usage.memory(subject.pid)
        results = await far.leave()
        await subject.end()
    except Exception:
        print(tail(subject.log(), 12), tail(far.log, 6), sep="\n", file=sys.stderr)
        raise
    finally:
        far.stop()
        if isinstance(subject, RoomUnderTest):
            subject.room.stop()
        else:
            subject.guest.stop()
        server.terminate()
        server.wait()
    feed = results["feeds"][0]
    pictures = [one for one in feed["pictures"] if since <= one[0] <= until]
    elements = sum(width * height for _, width, height in pictures)
    full = next((arrival for arrival, width, height in feed["pictures"] if (width, height) == material.size), None)
    length = clips.SECONDS * 1000
    if isinstance(subject, RoomUnderTest):
        # A clip's code is its position; it plays at CLOCK_MONOTONIC modulo its length.
        ages = [(arrival * 1000 - code + length / 2) % length - length / 2 for arrival, code, _ in feed["codes"] if since <= arrival <= until]
    else:
        ages = [arrival * 1000 - code for arrival, code, _ in feed["codes"] if since <= arrival <= until]
    received = lambda report: sum(one.get("bytesReceived") or 0 for one in report if one["kind"] == "video")
    took = until - since
    return {
        "cpu": (cpu_end - cpu) / took, "cpuWhole": (whole_end - whole) / took,
        "cpuPerPixel": (cpu_end - cpu) / max(elements, 1), "memory": resident,
        "firstFrame": first - began if first else None, "latency": statistics.median(ages) / 1000 if ages else None,
        "full": full - began if full else None, "rate": len(pictures) / took, "elements": elements / max(len(pictures), 1),
        "sentBitrate": 8 * (received(after) - received(before)) / took, "receivedRate": (decoded_end - decoded) / took,
        "readable": len(ages) / max(len(pictures), 1), "stages": stages,
    }


def versions():
    def text(*command):
        return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[:1]

    pip = str(PROJECT / ".build/peers/bin/pip")
    wrtc = subprocess.run([pip, "show", "wrtc"], capture_output=True, text=True).stdout
    return {
        "roomd": text(room_module.ROOMD, "--version"), "janus": text("janus", "--version"),
        "wrtc": [line for line in wrtc.splitlines() if line.startswith("Version")],
        "kernel": text("uname", "-r"), "cores": text("nproc"),
    }


def median(runs, key):
    values = [run[key] for run in runs if run[key] is not None]
    return statistics.median(values) if len(values) == len(runs) else None


def table(runs):
    ours, theirs = runs["roomd"], runs["Chrome's engine"]
    print(f"\n{'median of ' + str(len(ours)) + ' runs':<48} {'roomd':>10} {'Chrome':>10}   ratio  wanted")
    missed = []
    for key, title, unit, factor, limit in ROWS:
        one, other = median(ours, key), median(theirs, key)
        show = lambda value: f"{value * factor:10.2f}" if value is not None else "   unknown"
        ratio = one / other if one is not None and other else None
        mark = ""
        if limit is not None:
            is_good = ratio is not None and ratio <= limit
            mark = f"≤ {limit}" + ("" if is_good else "  MISSED")
            if not is_good:
                missed.append(title)
        if key in ABSOLUTE:
            is_good = one is not None and one <= ABSOLUTE[key]
            mark += f"{', ' if mark else ''}roomd ≤ {ABSOLUTE[key] * factor:.0f} {unit}" + ("" if is_good else "  MISSED")
            if not is_good and title not in missed:
                missed.append(title)
        print(f"{title + (', ' + unit if unit else ''):<48} {show(one)} {show(other)}   {f'{ratio:5.2f}' if ratio else '    –'}  {mark}")
    whole = median(theirs, "cpuWhole")
    print(f"Chrome's engine with the Python around it: {100 * whole:.1f} % of a core.")
    stages = ours[-1]["stages"]
    steps = ", ".join(f"{name} {1000 * stage['median']:.2f}" for name, stage in sorted(stages.items()) if "median" in stage)
    print(f"roomd's steps in the last run, medians in ms: {steps}")
    return missed


async def main():
    parser = argparse.ArgumentParser(prog="tools/bench call")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15, help="for which processor time is counted in each run")
    parser.add_argument("--size", default="1280x720", help="of the clip; at 640x360 Chrome's engine sends pictures as large as roomd's")
    parser.add_argument("--rate", type=int, default=30, help="pictures a second of the clip")
    options = parser.parse_args()
    size = tuple(int(part) for part in options.size.split("x"))
    out = PROJECT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    runs = {maker.name: [] for maker in (RoomUnderTest, ChromeUnderTest)}
    with tempfile.TemporaryDirectory(prefix="roomd-bench-") as folder:
        folder = pathlib.Path(folder)
        material = Material(folder, size, options.rate)
        for number in range(options.runs):
            for maker in (RoomUnderTest, ChromeUnderTest):
                place = folder / f"{maker.__name__}-{number}"
                place.mkdir()
                result = await measure(place, material, maker, options.seconds)
                runs[maker.name].append(result)
                figures = ", ".join(f"{key} {result[key]:.3g}" for key, *_ in ROWS if result[key] is not None)
                print(f"bench: run {number + 1}, {maker.name}: {figures}", flush=True)
    (out / "call.json").write_text(json.dumps({"versions": versions(), "runs": runs}, indent=1))
    missed = table(runs)
    print(f"versions: {versions()}")
    print("bench: " + (f"missed: {', '.join(missed)}" if missed else "everything wanted is met"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    asyncio.run(main())
