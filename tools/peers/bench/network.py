"""A call over a link that loses datagrams: roomd and Chrome's engine (PyPI wrtc) in each other's place, in alternating runs.

Whoever is under test is in one network namespace; Janus and a guest on Chrome's engine are in another. Of the link between them nftables
drops 2, 5 or 10 % at random, in both directions: UDP only, so media, STUN and DTLS, while the signalling over TCP is spared. Both sides
send 640×360@30 with a time code and speech. Loss begins before the call; measured is for `--seconds` after both have had pictures for 5 s.

A freeze is a gap of more than 200 ms between two decoded pictures. roomd counts its own (`statistics.get`), for Chrome's engine it is the
times at which Python got the pictures. The draws of nftables cannot be seeded: what was really lost is printed instead.
"""

import argparse
import asyncio
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

import clips
import janus
from bench import call
from bench.link import FAR, NEAR, Link
from control import Control
from guests import GuestProcess
from room import PROJECT, Room, tail

WEBSOCKET = f"ws://{NEAR}:8188"
SIZE, RATE = (640, 360), 30
BITRATE = 1_500_000  # of the room; Chrome's engine chooses by itself and sends about as much
FREEZE = 0.2  # seconds
WARM_UP = 5.0
# What must hold, by the loss in per cent: freezes a minute, in either direction, and the share of sound that the room may conceal.
FREEZES = {2: 0, 5: 0, 10: 1}
CONCEALED = {2: 0.005, 5: 0.01, 10: 0.03}

ROWS = [
    ("receivedFreezes", "freezes of what it receives, a minute", 1, FREEZES),
    ("receivedFrozen", "  seconds frozen, a minute", 1, None),
    ("receivedLongest", "  longest, s", 1, None),
    ("receivedRate", "  pictures a second", 1, None),
    ("concealed", "sound it concealed, %", 100, CONCEALED),
    ("sentFreezes", "freezes of what the guest gets of it, a minute", 1, FREEZES),
    ("sentFrozen", "  seconds frozen, a minute", 1, None),
    ("sentLongest", "  longest, s", 1, None),
    ("sentEngineFreezes", "  as the guest's engine counts them (W3C)", 1, None),
    ("sentRate", "  pictures a second", 1, None),
    ("sentConcealed", "sound the guest concealed of it, %", 100, None),
    ("firstFrame", "from joining to its first picture, s", 1, None),
    ("sentBitrate", "video that the guest got of it, Mb/s", 1e-6, None),
    ("receivedBitrate", "video that it got, Mb/s", 1e-6, None),
]


class Material:
    def __init__(self, folder):
        self.clip = clips.clip(folder / "clip.y4m", *SIZE, RATE, "network")
        self.speech = clips.speech(
            folder / "speech.wav",
            "The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a warm "
            "cloak, and they agreed that whoever made him take it off should be considered stronger than the other.",
            "en-gb",
        )


def gaps(pictures, since, until):
    """Those of more than 200 ms between two different pictures, in seconds: [(instant at which it ended, length)]."""
    found, last, last_code = [], since, None
    for arrival, _, _, code in pictures:
        if code is not None and code == last_code:
            continue
        if since <= arrival <= until and arrival - last > FREEZE:
            found.append((arrival, arrival - last))
        if arrival >= since:
            last = max(last, arrival)
        last_code = code
    if until - last > FREEZE:
        found.append((until, until - last))
    return found


def of_feed(feed, since, until):
    """What a guest on Chrome's engine saw of the other side, by the times at which it got the pictures."""
    codes = {arrival: code for arrival, code, _ in feed["codes"]}
    pictures = [(arrival, width, height, codes.get(arrival)) for arrival, width, height in feed["pictures"]]
    found = gaps(pictures, since, until)
    # Sound comes every 10 ms, invented or not. Where it stood still too, the machine did, and not the network.
    heard = [arrival for arrival, _ in feed["audioMap"]]
    stalls = [(b, b - a) for a, b in zip(heard, heard[1:]) if b - a > FREEZE / 2 and since <= b <= until]
    stalled = [gap for gap in found if any(gap[0] - gap[1] <= end <= gap[0] + FREEZE for end, _ in stalls)]
    return {
        "gaps": found, "gapsWhileMachineStood": stalled, "rate": sum(since <= one[0] <= until for one in pictures) / (until - since),
    }


def freeze_figures(found, took):
    lengths = [length for _, length in found]
    return {"Freezes": 60 * len(lengths) / took, "Frozen": 60 * sum(lengths) / took, "Longest": max(lengths, default=0)}


def pick(report, kind):
    return next((one for one in report if one["kind"] == kind and one.get("packetsReceived")), {})


def difference(after, before, name):
    return (after.get(name) or 0) - (before.get(name) or 0)


def engine_figures(before, after, took):
    """What Chrome's engine says of what it received between two reports."""
    sound = pick(before, "audio"), pick(after, "audio")
    picture = pick(before, "video"), pick(after, "video")
    heard = difference(sound[1], sound[0], "totalSamplesReceived")
    return {
        "concealed": difference(sound[1], sound[0], "concealedSamples") / heard if heard else None,
        "bitrate": 8 * difference(picture[1], picture[0], "bytesReceived") / took,
        "freezes": 60 * difference(picture[1], picture[0], "freezeCount") / took,
        "frozen": difference(picture[1], picture[0], "totalFreezesDuration"),
        "nacks": difference(picture[1], picture[0], "nackCount"), "plis": difference(picture[1], picture[0], "pliCount"),
    }


class RoomUnderTest:
    name = "roomd"

    def __init__(self, folder, material, link):
        self.link = link
        self.room = Room(
            folder / "room", services=[{"name": "bench", "url": f"janus+ws://{NEAR}:8188"}],
            devices={
                "camera": f"file:{material.clip}", "microphone": f"file:{material.speech}", "speaker": "none",
                "display": "headless:1280x720",
            },
            video={"max_bitrate": BITRATE},
        )
        self.samples = []

    async def join(self):
        with self.link.at_far_end():
            self.room.start()
        self.control = await Control.open(self.room.socket, is_alive=lambda: self.room.is_running)
        await asyncio.sleep(1)
        began = time.monotonic()
        await self.control.call("meeting.join", {"url": f"janus+ws://{NEAR}:8188/?room=1234", "microphone": True, "camera": True})
        return began

    async def sample(self):
        found = await self.control.call("statistics.get")
        video = next((one for one in found["inbound"] if one["kind"] == "video"), {})
        audio = next((one for one in found["inbound"] if one["kind"] == "audio"), {})
        sent = next((one for one in found["outbound"] if one["kind"] == "video"), {})
        return {"at": time.monotonic(), "video": video, "audio": audio, "sent": sent, "publish": found.get("publish", {})}

    async def has_picture(self):
        return (await self.sample())["video"].get("frames", 0) > 0

    async def watch(self, seconds):
        self.samples = [await self.sample()]
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(1, left))
            self.samples.append(await self.sample())

    def received(self, began, since, until, results):
        first, last = self.samples[0], self.samples[-1]
        took = last["at"] - first["at"]
        before, after = first["video"], last["video"]
        heard = difference(last["audio"], first["audio"], "totalSamplesReceived")
        if heard:
            concealed = difference(last["audio"], first["audio"], "concealedSamples") / heard
        else:
            # `concealed` is the share of the last one or two seconds; each of them counts about equally often.
            shares = [one["audio"]["concealed"] for one in self.samples[1:] if "concealed" in one["audio"]]
            concealed = statistics.mean(shares) if shares else None
        frozen = difference(after, before, "totalFreezesDuration") if "totalFreezesDuration" in after else None
        pairs = zip(self.samples, self.samples[1:])
        at = [second["at"] - since for one, second in pairs if difference(second["video"], one["video"], "freezes")]
        return {
            "receivedFreezes": 60 * difference(after, before, "freezes") / took if "freezes" in after else None,
            "receivedFrozen": None if frozen is None else 60 * frozen / took, "receivedLongest": after.get("longestFreeze"),
            "receivedRate": difference(after, before, "frames") / took, "concealed": concealed,
            "receivedBitrate": 8 * difference(after, before, "bytes") / took,
            "firstFrame": after["firstFrame"] - began if "firstFrame" in after else None, "frozeAt": at,
            "nacks": difference(after, before, "nacks"), "plis": difference(after, before, "plis"),
            "retransmitted": difference(after, before, "retransmitted"), "statistics": {"first": first, "last": last},
        }

    async def end(self):
        await self.control.call("meeting.leave")
        await self.control.close()
        self.room.stop()

    def stop(self):
        self.room.stop()

    @property
    def log(self):
        return self.room.log


class ChromeUnderTest:
    name = "Chrome's engine"

    def __init__(self, folder, material, link):
        self.link = link
        self.guest = GuestProcess(
            folder, "chrome", url=WEBSOCKET, room=1234, engine="chrome", video=str(material.clip), audio=str(material.speech)
        )

    async def join(self):
        with self.link.at_far_end():
            await self.guest.start()
        began, _ = await self.guest.event("starting", 20)
        await self.guest.event("published", 30)
        return began

    async def has_picture(self):
        return self.guest.first("first-frame") is not None

    async def watch(self, seconds):
        self.before, begun = await self.guest.statistics(), time.monotonic()
        await asyncio.sleep(seconds)
        self.after, self.took = await self.guest.statistics(), time.monotonic() - begun

    def received(self, began, since, until, results):
        seen = of_feed(results["feeds"][0], since, until)
        engine = engine_figures(self.before, self.after, self.took)
        figures = {f"received{name}": value for name, value in freeze_figures(seen["gaps"], until - since).items()}
        return figures | {
            "receivedRate": seen["rate"], "concealed": engine["concealed"], "receivedBitrate": engine["bitrate"],
            "firstFrame": results["feeds"][0]["firstFrame"] - began, "frozeAt": [end - since for end, _ in seen["gaps"]],
            "receivedWhileMachineStood": len(seen["gapsWhileMachineStood"]), "receivedEngineFreezes": engine["freezes"],
            "receivedEngineFrozen": engine["frozen"], "nacks": engine["nacks"], "plis": engine["plis"],
        }

    async def end(self):
        return await self.guest.leave()

    def stop(self):
        self.guest.stop()

    @property
    def log(self):
        return self.guest.log


async def both_have_pictures(subject, far, within=30):
    end = time.monotonic() + within
    while not (far.first("first-frame") and await subject.has_picture()):
        if time.monotonic() > end:
            raise TimeoutError(f"{subject.name} and the guest did not both have a picture within {within} s of loss")
        await asyncio.sleep(0.2)


async def measure(folder, material, maker, link, percent, seconds):
    """One run. Returns what was measured."""
    janus.configure(folder / "janus", NEAR, rooms=[{"id": 1234, "bitrate": BITRATE}])
    server = janus.start(folder / "janus", folder / "janus.log", NEAR)
    far = GuestProcess(
        folder, "far", url=WEBSOCKET, room=1234, engine="chrome", video=str(material.clip), audio=str(material.speech)
    )
    subject = maker(folder, material, link)
    try:
        await far.start()
        await far.event("published", 20)
        await asyncio.sleep(3)
        link.lose(percent)
        began = await subject.join()
        await both_have_pictures(subject, far)
        await asyncio.sleep(WARM_UP)
        before, counted, since = await far.statistics(), link.lost(), time.monotonic()
        await subject.watch(seconds)
        until, counted_end, after = time.monotonic(), link.lost(), await far.statistics()
        link.lose(0)
        results = await far.leave()
        own = await subject.end()
    except Exception:
        print(tail(subject.log, 12), tail(far.log, 6), sep="\n", file=sys.stderr)
        raise
    finally:
        link.lose(0)
        far.stop()
        subject.stop()
        server.terminate()
        server.wait()
    took = until - since
    seen = of_feed(results["feeds"][0], since, until)
    engine = engine_figures(before, after, took)
    handed = [one / 1000 for one in results["sent"] if since <= one / 1000 <= until]
    lost = {}
    for end, now in counted_end.items():
        came = now["came"] - counted[end]["came"]
        lost[end] = {"came": came, "lost": (now["dropped"] - counted[end]["dropped"]) / max(came, 1)}
    return subject.received(began, since, until, own) | {
        f"sent{name}": value for name, value in freeze_figures(seen["gaps"], took).items()
    } | {
        "sentRate": seen["rate"], "sentConcealed": engine["concealed"], "sentBitrate": engine["bitrate"],
        "sentEngineFreezes": engine["freezes"], "sentEngineFrozen": engine["frozen"], "sentWhileMachineStood": len(seen["gapsWhileMachineStood"]),
        "guestAskedKeyFrames": engine["plis"], "guestAskedAgain": engine["nacks"],
        "sentFrozeAt": [(end - since, length) for end, length in seen["gaps"]],
        # How late the guest's Python was in giving pictures to its encoder.
        "sourceLongestGap": max((b - a for a, b in zip(handed, handed[1:])), default=None),
        "link": lost, "seconds": took, "load": os.getloadavg()[0],
    }


def median(runs, key):
    values = [run[key] for run in runs if run.get(key) is not None]
    return statistics.median(values) if values and len(values) == len(runs) else None


def worst(runs, key):
    values = [run.get(key) for run in runs]
    return None if None in values or not values else max(values)


def table(percent, runs):
    """Prints the medians for one rate of loss. Returns what roomd missed in its worst run: limits are limits."""
    number = max(len(some) for some in runs.values())
    print(f"\n{f'{percent:g} % lost, median of {number}':<50} {'roomd':>9} {'Chrome':>9}   wanted of roomd's worst run")
    missed = []
    for key, title, factor, limits in ROWS:
        ours, theirs = (median(runs.get(maker.name, ()), key) for maker in (RoomUnderTest, ChromeUnderTest))
        show = lambda value: f"{value * factor:9.2f}" if value is not None else "        –"
        mark = ""
        if limits and percent in limits and runs.get("roomd"):
            limit, found = limits[percent], worst(runs["roomd"], key)
            is_good = found is not None and found <= limit
            mark = f"≤ {limit * factor:g}" + ("" if is_good else f"  MISSED{'' if found is None else f': {found * factor:.2f}'}")
            if not is_good:
                missed.append(f"{title} at {percent:g} %")
        print(f"{title:<50} {show(ours)} {show(theirs)}   {mark}")
    for name, some in runs.items():
        for run in some:
            ends = ", ".join(f"{one['came']} came to {end} and {100 * one['lost']:.1f} % were lost" for end, one in run["link"].items())
            stood = run.get("receivedWhileMachineStood", 0), run["sentWhileMachineStood"]
            print(
                f"  {name}: {ends}; asked again {run['nacks']}, for key frames {run['plis']}, the guest {run['guestAskedAgain']} and "
                f"{run['guestAskedKeyFrames']}; load {run['load']:.1f}, the guest's camera stood {1000 * run['sourceLongestGap']:.0f} ms at most, "
                f"freezes while the machine stood: {stood[0]} receiving, {stood[1]} sending"
            )
    return missed


async def main():
    parser = argparse.ArgumentParser(prog="tools/bench network")
    parser.add_argument("--loss", default="2,5,10", help="per cent, in each direction")
    parser.add_argument("--seconds", type=float, default=60, help="measured in each run")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peer", choices=["roomd", "chrome", "both"], default="both", help="who is under test")
    options = parser.parse_args()
    makers = {"roomd": [RoomUnderTest], "chrome": [ChromeUnderTest], "both": [RoomUnderTest, ChromeUnderTest]}[options.peer]
    losses = [float(one) for one in options.loss.split(",")]
    out = PROJECT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    runs = {percent: {maker.name: [] for maker in makers} for percent in losses}
    versions = call.versions() | {"seeds": "none: nftables' numgen random takes no seed"}
    with tempfile.TemporaryDirectory(prefix="roomd-bench-") as folder, Link() as link:
        folder = pathlib.Path(folder)
        material = Material(folder)
        for number in range(options.runs):
            for percent in losses:
                for maker in makers:
                    place = folder / f"{maker.__name__}-{percent:g}-{number}"
                    place.mkdir()
                    result = await measure(place, material, maker, link, percent, options.seconds)
                    runs[percent][maker.name].append(result)
                    figures = ", ".join(f"{key} {result[key]:.3g}" for key, *_ in ROWS if result.get(key) is not None)
                    print(f"bench: {percent:g} % lost, run {number + 1}, {maker.name}: {figures}", flush=True)
                    (out / "network.json").write_text(json.dumps({"versions": versions, "runs": runs}, indent=1))
    missed = [one for percent in losses for one in table(percent, runs[percent])]
    print(f"\nThe room at {FAR}, Janus and the guest at {NEAR}; UDP alone is lost, TCP is spared.\nversions: {versions}")
    if RoomUnderTest in makers:
        print("bench: " + (f"missed: {', '.join(missed)}" if missed else "everything wanted is met"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    asyncio.run(main())
