"""What every point's scenario needs: Janus, guests and roomd in one namespace, and an end to all of them."""

import asyncio
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

import clips
import janus
from checks import Report
from control import Control
from guests import GuestProcess
from room import PROJECT, Room, tail

ADDRESS = "10.77.0.1"
WEBSOCKET = f"ws://{ADDRESS}:8188"
# A calendar's address is joined only where a [[service]] speaks for it.
SERVICE = {"name": "corp", "url": f"janus+ws://{ADDRESS}:8188"}


def url(room, pin=None, port=8188, host=ADDRESS):
    return f"janus+ws://{host}:{port}/?room={room}" + (f"&pin={pin}" if pin else "")


class Scenario:
    def __init__(self, point, title):
        self.report = Report(f"point {point}")
        self.out = PROJECT / "out/acceptance" / f"point-{point}"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.folder = tempfile.TemporaryDirectory(prefix=f"roomd-point-{point}-")
        self.work = pathlib.Path(self.folder.name)
        self.server = None
        self.rooms = []
        self.guests = []
        self.controls = []
        print(f"point {point}: {title}", flush=True)

    def janus(self, *rooms):
        janus.configure(self.work / "janus", ADDRESS, rooms=rooms)
        self.server = janus.start(self.work / "janus", self.out / "janus.log", ADDRESS)

    async def room(self, name="room", calendars=(), services=(SERVICE,), **sections):
        """Starts roomd; returns it and a client that follows its state and events."""
        room = Room(self.work / name, calendars=calendars, services=services, **sections)
        room.log = self.out / f"{name}.log"
        self.rooms.append(room)
        room.start()
        return room, await self.control(room)

    async def control(self, room):
        control = await (await Control.open(room.socket, is_alive=lambda: room.is_running)).follow()
        self.controls.append(control)
        return control

    async def guest(self, name, room, wait="published", **options):
        guest = GuestProcess(self.work / "guests", name, url=WEBSOCKET, room=room, **options)
        guest.log = self.out / f"guest-{len(self.guests)}.log"
        self.guests.append(await guest.start())
        await guest.event(wait, 30)
        return guest

    def speech(self, name="speech", text=None, voice="en-gb"):
        text = text or (
            "Good morning from the board room. We have seven people here, the coffee is fresh, and the numbers of the last "
            "quarter are on the wall. Shall we begin with the budget, or wait for our colleagues from Uppsala?"
        )
        return clips.speech(self.work / f"{name}.wav", text, voice)

    async def end(self):
        for control in self.controls:
            await control.close()
        for guest in self.guests:
            guest.stop()
        for room in self.rooms:
            room.stop(10)
        if self.server:
            self.server.terminate()
            self.server.wait()
        with contextlib.suppress(OSError):
            self.folder.cleanup()

    def explain(self):
        for log in sorted(self.out.glob("*.log")):
            print(f"\n  the end of {log}:\n{tail(log, 12)}", file=sys.stderr)


def main(point, title, play):
    """Runs `play(scenario)` and exits: 0 when every check was good."""

    async def run():
        scenario = Scenario(point, title)
        try:
            await play(scenario)
        except Exception as problem:
            scenario.report.check("the scenario ran to its end", False, f"{type(problem).__name__}: {problem}")
            if not isinstance(problem, (TimeoutError, ConnectionError, RuntimeError)):
                traceback.print_exc()
            scenario.explain()
        finally:
            await scenario.end()
        for room in scenario.rooms:
            # A daemon that crashed says so in its status; 0 and SIGKILL by ourselves are not crashes.
            status = room.process.returncode if room.process else 0
            if status not in (0, None, -9):
                scenario.report.check("roomd did not crash", False, f"exit status {status}, see {room.log}")
        return scenario.report.finish()

    sys.exit(asyncio.run(run()))


async def pause(seconds):
    await asyncio.sleep(seconds)


async def until(condition, timeout, interval=0.05):
    """Tries an asynchronous condition again and again; the instant when it became true, or None."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if await condition():
            return time.monotonic()
        await asyncio.sleep(interval)
    return None
