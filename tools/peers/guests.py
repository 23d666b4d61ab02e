"""Starts guest.py processes and reads what they say."""

import asyncio
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


class GuestProcess:
    """One guest in a process of its own; `events` holds what it said: (its instant, name, data)."""

    def __init__(self, folder, name, **options):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{name}.log"
        self.options = dict(options, name=name, out=str(self.folder))
        self.events = []
        self.news = asyncio.Event()

    async def start(self):
        arguments = [f"--{key}={value}" for key, value in self.options.items() if value is not None]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, str(HERE / "guest.py"), *arguments, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=open(self.log, "ab"), limit=16 << 20,
        )
        self.task = asyncio.create_task(self._read())
        return self

    async def _read(self):
        while line := await self.process.stdout.readline():
            with open(self.log, "ab") as log:
                log.write(line[:2000])
            try:
                message = json.loads(line)
            except ValueError:
                continue
            self.events.append((message.pop("at"), message.pop("event"), message))
            self.news.set()
        await self.process.wait()
        self.events.append((time.monotonic(), "ended", {"status": self.process.returncode}))
        self.news.set()

    def first(self, name, since=0.0, condition=lambda data: True):
        for instant, event, data in self.events:
            if event == name and instant >= since and condition(data):
                return instant, data
        return None

    async def event(self, name, timeout=20, since=0.0, condition=lambda data: True):
        """Waits for an event; returns (instant, data)."""
        end = time.monotonic() + timeout
        while not (found := self.first(name, since, condition)):
            if self.first("ended") or time.monotonic() > end:
                how = "has ended" if self.first("ended") else f"waited {timeout} s"
                raise TimeoutError(f"the guest {self.name} did not say \"{name}\" ({how}); its log is {self.log}")
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), 0.2)
            except asyncio.TimeoutError:
                pass
        return found

    async def tell(self, **command):
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()

    async def statistics(self):
        since = time.monotonic()
        await self.tell(do="statistics")
        return (await self.event("statistics", since=since))[1]["engine"]

    async def leave(self):
        """Lets the guest leave; returns its results."""
        await self.tell(do="leave")
        await self.event("left", 30)
        await asyncio.wait_for(self.process.wait(), 10)
        return json.loads((self.folder / f"{self.name}.json").read_text())

    def stop(self):
        if self.process.returncode is None:
            self.process.kill()
