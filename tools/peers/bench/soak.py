"""A long call in which a guest comes and goes every minute: what grows?

A steady guest and roomd are in the meeting throughout; a second guest on Chrome's engine comes at the full minute and leaves after 40 s.
Each minute, when it has gone: roomd's resident and anonymous memory, its descriptors and threads; and while it was there: how long a
picture took from the camera to being decoded by that guest, by the time code in it, and a request on the socket to be answered.

The slope is the median of the slopes between all pairs of minutes (Theil and Sen), after the first ten, when caches have filled.
"""

import argparse
import asyncio
import itertools
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import clips
import janus
from bench import call, usage
from control import Control
from guests import GuestProcess
from room import PROJECT, Room, tail

ADDRESS = "10.77.0.1"
WEBSOCKET = f"ws://{ADDRESS}:8188"
VISIT = 40.0  # seconds
# Minutes that are not judged, or a third of them: until then rings of buffers and the allocator's arenas still meet their first
# longest picture and their first crowd, as heaptrack and the figures of every minute show.
WARM_UP = 20
# What may grow in an hour: (key, title, unit, factor for people, limit)
ROWS = [
    ("resident", "resident memory", "MiB", 1 / 2**20, 2 * 2**20),
    ("anonymous", "of it, memory of its own", "MiB", 1 / 2**20, 2 * 2**20),
    ("descriptors", "open descriptors", "", 1, 0.5),
    ("threads", "threads", "", 1, 0.5),
    ("latency", "picture, camera to decoded, median", "ms", 1000, 0.002),
    ("answer", "a request on the socket, median", "ms", 1000, 0.001),
]


def anonymous(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this kernel tells no RssAnon")


async def visit(folder, number, material):
    """Comes, stays, leaves. Returns the median age of the room's pictures when this guest had decoded them, in seconds."""
    guest = GuestProcess(
        folder / "visitors", f"visitor-{number}", url=WEBSOCKET, room=1234, engine="chrome", video=str(material.clip),
        audio=str(material.speech),
    )
    try:
        await guest.start()
        await guest.event("published", 30)
        await guest.event("first-frame", 30, condition=lambda data: data["feed"] == "Boardroom")
        await asyncio.sleep(VISIT)
        results = await guest.leave()
    finally:
        if guest.process.returncode is None:
            guest.process.kill()
    feed = next(one for one in results["feeds"] if one["name"] == "Boardroom")
    length = clips.SECONDS * 1000
    ages = [(arrival * 1000 - code + length / 2) % length - length / 2 for arrival, code, _ in feed["codes"]]
    for file in (folder / "visitors").iterdir():
        file.unlink()
    return statistics.median(ages) / 1000, len(feed["pictures"]) / VISIT


async def answer(control):
    """The median of ten requests, in seconds."""
    took = []
    for _ in range(10):
        began = time.monotonic()
        await control.call("state.get", {"path": "meeting.state"})
        took.append(time.monotonic() - began)
    return statistics.median(took)


def slope(minutes, key):
    """An hour's growth."""
    pairs = itertools.combinations([(one["at"], one[key]) for one in minutes], 2)
    return 3600 * statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs)


async def soak(folder, minutes, out):
    material = call.Material(folder)
    janus.configure(folder / "janus", ADDRESS, rooms=[{"id": 1234, "bitrate": call.BITRATE}])
    server = janus.start(folder / "janus", folder / "janus.log", ADDRESS)
    room = Room(
        folder / "room", services=[{"name": "soak", "url": f"janus+ws://{ADDRESS}:8188"}],
        devices={
            "camera": f"file:{material.clip}", "microphone": f"file:{material.speech}", "speaker": "none", "display": "headless:1280x720",
        },
        join={"alone": "10m"}, video={"max_bitrate": call.BITRATE},
    )
    steady = GuestProcess(folder, "steady", url=WEBSOCKET, room=1234, engine="aiortc")
    rows = []
    try:
        await steady.start()
        await steady.event("published", 20)
        room.start()
        control = await Control.open(room.socket, is_alive=lambda: room.is_running)
        await control.call("meeting.join", {"url": call.URL, "microphone": True, "camera": True})
        began = time.monotonic()
        for number in range(minutes):
            await asyncio.sleep(max(0.0, began + 60 * number - time.monotonic()))
            latency, rate = await visit(folder, number, material)
            await asyncio.sleep(2)
            pid = room.process.pid
            state = await control.call("state.get", {"path": "meeting.state"})
            rows.append({
                "at": time.monotonic() - began, "resident": usage.memory(pid)[0], "anonymous": anonymous(pid),
                "descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": len(os.listdir(f"/proc/{pid}/task")), "latency": latency,
                "answer": await answer(control), "rate": rate, "load": os.getloadavg()[0], "state": state,
            })
            (out / "soak.json").write_text(json.dumps({"versions": call.versions(), "minutes": rows}, indent=1))
            figures = ", ".join(f"{key} {rows[-1][key] * factor:.4g}" for key, _, _, factor, _ in ROWS)
            print(f"bench: minute {number + 1}: {figures}, pictures a second {rate:.1f}, load {rows[-1]['load']:.1f}", flush=True)
        await control.call("meeting.leave")
        await control.close()
    except Exception:
        print(tail(room.log, 12), tail(steady.log, 6), sep="\n", file=sys.stderr)
        raise
    finally:
        if steady.process.returncode is None:
            steady.process.kill()
        status, _ = room.stop()
        server.terminate()
        server.wait()
    return rows, status


def table(rows, status):
    judged = rows[min(WARM_UP, len(rows) // 3):]
    print(f"\n{f'{len(judged)} minutes of {len(rows)}':<40} {'first':>9} {'last':>9} {'an hour':>9}   wanted")
    missed = []
    for key, title, unit, factor, limit in ROWS:
        growth = slope(judged, key)
        is_good = growth <= limit
        if not is_good:
            missed.append(title)
        print(
            f"{title + (', ' + unit if unit else ''):<40} {judged[0][key] * factor:9.2f} {judged[-1][key] * factor:9.2f} {growth * factor:+9.3f}"
            f"   ≤ +{limit * factor:g}{'' if is_good else '  MISSED'}"
        )
    if any(one["state"] != "joined" for one in rows):
        missed.append("the room was not in the meeting all the time")
    if status != 0:
        missed.append(f"roomd ended with {status}")
    return missed


async def main():
    parser = argparse.ArgumentParser(prog="tools/bench soak")
    parser.add_argument("--minutes", type=int, default=60)
    options = parser.parse_args()
    if options.minutes < 4:
        parser.error("a slope needs at least 4 minutes")
    out = PROJECT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="roomd-bench-") as folder:
        rows, status = await soak(pathlib.Path(folder), options.minutes, out)
    missed = table(rows, status)
    print(f"versions: {call.versions()}")
    print("bench: " + (f"missed: {', '.join(missed)}" if missed else "everything wanted is met"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    asyncio.run(main())
