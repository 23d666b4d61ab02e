"""What every fault scenario needs: Janus, the far end and the room in one meeting, and what is to be said of them."""

import asyncio
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

from acceptance.scenario import SERVICE, WEBSOCKET, Scenario, url
from checks import Report
from control import Control
from faults.watchers import NAME, NUMBER, Census, FarProcess, Watch
from faults.wired import RoomInNetwork
from room import PROJECT, Room

SESSION_TIMEOUT = 60.0  # Janus's own, by default: what it leaves of a room that vanished, it leaves for so long
OVERDUE = 5.0  # how much later than that Janus may sweep
# Small, so that what is measured is the protocols' time and not the processor's.
DEVICES = {"camera": "pattern:640x360@15", "microphone": "tone:440", "speaker": "none", "display": "headless:640x360"}
VIDEO = {"width": 640, "height": 360, "frame_rate": 15}


class World(Scenario):
    def __init__(self, name, title, seed):
        self.name = name
        self.report = Report(name)
        self.out = PROJECT / "out/faults" / name
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.folder = tempfile.TemporaryDirectory(prefix=f"roomd-faults-{name}-")
        self.work = pathlib.Path(self.folder.name)
        self.server = None
        self.rooms, self.guests, self.controls, self.watchers = [], [], [], []
        self.random = random.Random(seed)
        drawn = "" if seed is None else f"seed {seed}, "
        print(f"{name}: {title} ({drawn}load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)

    async def begin(self, kind=Room, engine="aiortc", scheduled=False):
        """Janus, the far end, on aiortc or Chrome's engine, and the room in one meeting; returns once media flow both ways.

        The room joins because it is told to, or of itself a meeting of its calendar.
        """
        if kind is RoomInNetwork:
            RoomInNetwork.prepare()
        self.janus({"id": NUMBER})
        options = {"url": WEBSOCKET, "room": NUMBER, "out": str(self.work), "engine": engine}
        self.far = FarProcess(self.work / "guests", "Far", video="code:320x180@15", audio=self.speech(), **options)
        self.far.log = self.out / "far.log"
        self.guests.append(await self.far.start())
        await self.far.event("published", 30)
        calendars = [{"type": "ics", "url": f"file://{self.calendar()}"}] if scheduled else []
        join = {"microphone": True, "countdown": "5s"}
        self.room = kind(self.work / "room", calendars=calendars, services=[SERVICE], devices=DEVICES, video=VIDEO, join=join)
        self.room.log = self.out / "room.log"
        self.rooms.append(self.room)
        self.room.start()
        self.client = await self.control(self.room)
        if not scheduled:
            await self.client.call("meeting.join", {"url": url(NUMBER), "microphone": True, "camera": True})
        # A connection of its own, so that its answers wait for no other's.
        self.watch = Watch(await self.quiet_control(self.room))
        self.census = Census()
        self.watchers += [self.watch.task, self.census.task]
        began = time.monotonic()
        await self.flowing(began, 20)
        await asyncio.sleep(2)

    def calendar(self):
        """A calendar with a meeting that has begun, and goes on for two hours."""
        start, end = (time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + more)) for more in (-60, 7200))
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//roomd//faults//EN", "BEGIN:VEVENT", "UID:faults@roomd", f"DTSTAMP:{start}"]
        lines += [f"DTSTART:{start}", f"DTEND:{end}", f"LOCATION:{url(NUMBER)}", "END:VEVENT", "END:VCALENDAR", ""]
        path = self.work / "room.ics"
        path.write_bytes("\r\n".join(lines).encode())
        return path

    async def quiet_control(self, room):
        """A client that follows nothing."""
        control = await Control.open(room.socket, is_alive=lambda: room.is_running)
        self.controls.append(control)
        return control

    def media(self, since):
        """When each flow was there again since an instant: what the far end has of the room, and the room of the far end."""
        return {
            "far sees": self.far.first_of(NAME, "video", since), "far hears": self.far.first_of(NAME, "audio", since, count=10),
            "room sees": self.watch.first_of("video", since), "room hears": self.watch.first_of("audio", since),
        }

    async def flowing(self, since, timeout):
        """Waits for all flows; returns `media`, with None for what did not come in time."""
        end = time.monotonic() + timeout
        while True:
            found = self.media(since)
            if all(found.values()) or time.monotonic() > end:
                return found
            if not self.room.is_running:
                raise RuntimeError("roomd has ended")
            if self.far.first("ended"):
                raise RuntimeError(f"the far end has ended; its log is {self.far.log}")
            for task in self.watchers:
                if task.done():
                    task.result()
            await asyncio.sleep(0.05)

    def states(self, since):
        """What the meeting's state became since an instant, and when."""
        return [
            (instant, patch["meeting"]["state"]) for instant, patch in self.client.changes
            if instant >= since and (patch.get("meeting") or {}).get("state")
        ]

    def furniture(self):
        """What must not change when a network fails: the devices and the layout."""
        state = self.client.state
        # Levels are what is heard, and that does change.
        kept = {
            name: {key: value for key, value in state[name].items() if key != "level"}
            for name in ("camera", "microphone", "speaker", "devices") if isinstance(state.get(name), dict)
        }
        kept["layout"] = (state.get("display") or {}).get("layout")
        kept["selfview"] = (state.get("display") or {}).get("selfview")
        return kept

    def moved(self, before):
        """What of the furniture is not as it was: {name: [before, now]}."""
        now = self.furniture()
        return {name: [before.get(name), now.get(name)] for name in {*before, *now} if before.get(name) != now.get(name)}

    def excerpt(self, since, lines=14):
        """What the room's log has had to say from a position on."""
        with open(self.room.log, "rb") as log:
            log.seek(since)
            text = log.read().decode(errors="replace").splitlines()
        return "\n".join(f"         {line[:220]}" for line in text[-lines:])

    @property
    def position(self):
        return self.room.log.stat().st_size

    async def end(self):
        for task in self.watchers:
            task.cancel()
        await super().end()

    def keep(self, figures):
        (self.out / "figures.json").write_text(json.dumps(figures, indent=1))


def run(name, title, seed, play):
    """Runs `play(world)` and exits: 0 when every check was good. The seed is None where nothing is drawn."""

    async def work():
        world = World(name, title, seed)
        try:
            await play(world)
        except Exception as problem:
            world.report.check("the scenario ran to its end", False, f"{type(problem).__name__}: {problem}")
            if not isinstance(problem, (TimeoutError, ConnectionError, RuntimeError)):
                traceback.print_exc()
            world.explain()
        finally:
            await world.end()
        for room in world.rooms:
            status = room.process.returncode if room.process else 0
            if status not in (0, None, -9):
                world.report.check("roomd did not crash", False, f"exit status {status}, see {room.log}")
        print(f"       load at the end {os.getloadavg()[0]:.1f}")
        return world.report.finish()

    sys.exit(asyncio.run(work()))


def quantiles(values):
    """Text: the distribution of seconds."""
    if not values:
        return "none"
    ordered = sorted(values)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    parts = [f"{word} {at(share):.2f}" for word, share in (("least", 0), ("median", 0.5), ("90 %", 0.9), ("99 %", 0.99))]
    return ", ".join(parts) + f", worst {ordered[-1]:.2f} s"


def text(value):
    return "never" if value is None else f"{value:.2f}"
