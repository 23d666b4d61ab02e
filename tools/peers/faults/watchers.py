"""Who watches a call: the far end, the room's own statistics, and the server's list of participants."""

import asyncio
import bisect
import json
import os
import pathlib
import sys
import time

import janus
from acceptance.scenario import WEBSOCKET
from guests import GuestProcess

HERE = pathlib.Path(__file__).resolve().parent
NUMBER = 1234
NAME = "Boardroom"  # what the room is called in the meeting, by the configuration of room.py


class FarProcess(GuestProcess):
    """far.py; `arrivals` holds when what came of whom: name -> kind -> [(instant, feed)], in order."""

    async def start(self):
        arguments = [f"--{key}={value}" for key, value in self.options.items()]
        self.arrivals = {}
        self.own = []  # (instant, state and packets sent), of the far end itself
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "far.py"), *arguments, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=open(self.log, "ab"), limit=16 << 20,
            env=dict(os.environ, PYTHONPATH=str(HERE.parent)),
        )
        self.task = asyncio.create_task(self._read())
        return self

    async def _read(self):
        with open(self.log, "ab") as log:
            while line := await self.process.stdout.readline():
                message = json.loads(line)
                if message["event"] == "flow":
                    self._note(message["feeds"])
                    self.own.append((message["at"], message["own"]))
                else:
                    log.write(line[:2000])
                    log.flush()
                    self.events.append((message.pop("at"), message.pop("event"), message))
                self.news.set()
        await self.process.wait()
        self.events.append((time.monotonic(), "ended", {"status": self.process.returncode}))

    def _note(self, feeds):
        for feed in feeds:
            kinds = self.arrivals.setdefault(feed["name"], {})
            for kind, instants in feed.items():
                if kind not in ("id", "name"):
                    kinds.setdefault(kind, []).extend((instant, feed["id"]) for instant in instants)

    def sends(self, since):
        """Whether it sent sound and pictures in each second since then; if not, no room can receive them.

        Chrome's engine does not tell: there it is whether it is connected.
        """
        own = [one for one in self.own if one[0] >= since and one[1]]
        if not own or own[-1][1]["state"] != "connected":
            return False
        earlier = next((one for one in reversed(own) if one[0] <= own[-1][0] - 1), own[0])
        return all(own[-1][1][kind] > earlier[1][kind] for kind in ("audio", "video") if kind in own[-1][1])

    def first_of(self, name, kind, since, flowing=1.0, count=3):
        """When a kind came again since an instant, and from there on so often in so many seconds; or None."""
        found = self.arrivals.get(name, {}).get(kind, [])
        for index in range(bisect.bisect_left(found, (since, 0)), len(found) - count + 1):
            if found[index + count - 1][0] - found[index][0] <= flowing:
                return found[index][0]
        return None


class Watch:
    """The room as it sees itself, by `statistics.get`: [(instant, participant, kind, pictures or packets)], and its connections."""

    def __init__(self, control, period=0.05):
        self.control, self.period = control, period
        self.samples = []
        self.states = []  # (instant, publish state, receive state, packets sent)
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        while self.control.is_open:
            found = await self.control.call("statistics.get")
            now = time.monotonic()
            for one in found["inbound"]:
                count = one.get("frames", 0) if one["kind"] == "video" else one["packets"]
                self.samples.append((now, one.get("participant"), one["kind"], count))
            publish, receive = found.get("publish") or {}, found.get("receive") or {}
            self.states.append((now, publish.get("state"), receive.get("state"), publish.get("packetsSent", 0)))
            await asyncio.sleep(self.period)

    def first_of(self, kind, since, flowing=1.0):
        """When pictures were decoded or packets of sound came again since an instant, to within the period, and went on coming; or None."""
        count = {"video": 5, "audio": 20}[kind]
        before, news = {}, []
        for instant, participant, what, total in self.samples:
            if what != kind:
                continue
            # A new connection counts from the beginning.
            more = total - before[participant] if total >= before.get(participant, total + 1) else total
            before[participant] = total
            if instant > since and more > 0:
                news.append((instant, more))
        for index, (instant, _) in enumerate(news):
            if sum(more for later, more in news[index + 1 :] if later <= instant + flowing) >= count:
                return instant
        return None

    def sent(self, since):
        """When a packet left on a connection that is up, since an instant; or None."""
        before = None
        for instant, state, _, packets in self.states:
            if instant <= since or state != "connected":
                before = packets if instant <= since else min(before or 0, packets)
            elif before is None or packets > before or packets < before:
                return instant
        return None

    def forget(self, until):
        self.samples = [one for one in self.samples if one[0] >= until]
        self.states = [one for one in self.states if one[0] >= until]


class Census:
    """Who is in the meeting, as the server says, four times a second: [(instant, ids of those called like the room)]."""

    def __init__(self, period=0.25):
        self.period = period
        self.counts = []
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        while True:
            session = janus.Session(WEBSOCKET)
            try:
                await session.open()
                handle = await session.attach()
                while True:
                    body = {"request": "listparticipants", "room": NUMBER}
                    asked = session.request({"janus": "message", "handle_id": handle, "body": body})
                    # A server that was killed answers no more.
                    answer = await asyncio.wait_for(asked, 1)
                    people = answer["plugindata"]["data"].get("participants", [])
                    ours = sorted(one["id"] for one in people if one.get("display") == NAME)
                    self.counts.append((time.monotonic(), ours))
                    await asyncio.sleep(self.period)
            except Exception:
                # The server is away; that is what these scenarios are about.
                await asyncio.sleep(self.period)
            finally:
                if hasattr(session, "alive"):
                    session.alive.cancel()
                if hasattr(session, "http"):
                    await session.http.close()

    def duplicates(self, since):
        """The most rooms at a time since then, and for how long there was more than one, in seconds."""
        most, seconds, previous = 0, 0.0, None
        for instant, ours in self.counts:
            if instant < since:
                continue
            most = max(most, len(ours))
            if previous and len(previous[1]) > 1:
                seconds += instant - previous[0]
            previous = (instant, ours)
        return most, seconds

    @property
    def present(self):
        return self.counts[-1][1] if self.counts else []
