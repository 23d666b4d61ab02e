"""The far end of a fault scenario: a guest on Chrome's engine or aiortc that comes back by itself as soon as its server listens again.

Usage: far.py --engine=chrome|aiortc --url ws://HOST:8188 --room N --name NAME --video code:WxH@R --audio SPEECH.wav --out FOLDER
Writes, besides what guest.py says, ten times a second "flow": for each feed the instants at which pictures were decoded, sound was
decoded and (on aiortc) packets came; and "lost" when its server went away. Ends with its standard input.
"""

import argparse
import asyncio
import sys
import time
import urllib.parse

import aiohttp
import numpy
import guest
import janus
from guest import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, Tap, say

IMPATIENCE = 10  # seconds for its own joining, before it begins again
PERIOD = 0.1
AUDIBLE = 300  # root mean square of 16-bit samples; the room sends a tone


def loudness(frame):
    return float(numpy.sqrt(numpy.mean(frame.to_ndarray().astype(numpy.float64) ** 2)))


class Far(guest.Guest):
    """One stay in the meeting."""

    def __init__(self, options):
        super().__init__(options)
        self.session = None
        self.publisher = None
        self.connections = []
        self.told = {}  # (feed, what) -> how many instants have been told

    async def stay(self):
        """Returns when the server has gone."""
        reporter = asyncio.create_task(self.report())
        try:
            await asyncio.wait_for(self.run(), IMPATIENCE)
            await self.session.reader
        finally:
            reporter.cancel()

    async def take_in(self, publishers):
        """One connection for each: aiortc does not bear that a server gives a section to somebody else."""
        for publisher in publishers:
            say("feed", id=publisher["id"], name=publisher.get("display"))
            if publisher["id"] not in self.feeds:
                self.feeds[publisher["id"]] = guest.Feed(publisher.get("display"))
                self.spawn(self.watch(publisher["id"]))

    async def watch(self, number):
        try:
            handle = await self.session.attach()
            self.session.on_event[handle] = lambda data, jsep: None
            join = {"request": "join", "ptype": "subscriber", "room": self.options.room, "streams": [{"feed": number}]}
            _, jsep = await self.session.message(handle, dict(join, private_id=self.private_id))
            connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            self.connections.append(connection)
            connection.on("track", lambda track: self.spawn(self.listen_to(connection, track, self.feeds[number])))
            await connection.setRemoteDescription(RTCSessionDescription(jsep["sdp"], jsep["type"]))
            await connection.setLocalDescription(await connection.createAnswer())
            local = connection.localDescription
            await self.session.message(handle, {"request": "start"}, {"type": local.type, "sdp": local.sdp})
        except (janus.JanusError, asyncio.TimeoutError) as problem:
            # Whoever left again meanwhile cannot be watched.
            say("problem", text=f"feed {number}: {problem!r}")

    async def listen_to(self, connection, track, feed):
        if self.options.engine == "aiortc":
            receivers = [t.receiver for t in connection.getTransceivers() if t.receiver.track is track]
            feed.receivers[track.kind] = receivers[0]
        try:
            while True:
                frame = await track.recv()
                now = time.monotonic()
                if track.kind == "audio":
                    # Chrome's engine goes on playing, what it invents and then silence: heard is what is not silent.
                    if self.options.engine == "aiortc" or loudness(frame) > AUDIBLE:
                        feed.audio.append((now,))
                    continue
                if not feed.video:
                    say("first-frame", feed=feed.name, size=f"{frame.width}x{frame.height}")
                feed.video.append((now,))
        except Exception as problem:
            # Each engine has its own; it means that the track has ended.
            if type(problem).__name__ != "MediaStreamError":
                raise

    async def report(self):
        while True:
            await asyncio.sleep(PERIOD)
            feeds = []
            for number, feed in self.feeds.items():
                seen = {"video": [v[0] for v in feed.video], "audio": [a[0] for a in feed.audio]}
                for kind, receiver in feed.receivers.items():
                    seen[f"{kind}Packets"] = [packet[0] for packet in Tap.packets.get(receiver, [])]
                news = {}
                for what, instants in seen.items():
                    news[what] = instants[self.told.get((number, what), 0) :]
                    self.told[number, what] = len(instants)
                if any(news.values()):
                    feeds.append({"id": number, "name": feed.name, **news})
            say("flow", feeds=feeds, own=self.own())

    def own(self):
        """Whether it sends itself, so that nobody else is blamed for it: the state of its connection and packets by kind."""
        if self.publisher is None:
            return None
        sent = {}
        if self.options.engine == "aiortc":
            sent = {sender.kind: sender._RTCRtpSender__packet_count for sender in self.publisher.getSenders()}
        return {"state": self.publisher.connectionState, **sent}

    async def drop(self):
        """Lets go of everything; says goodbye to nobody."""
        for task in self.tasks:
            task.cancel()
        for connection in (self.publisher, *self.connections):
            if connection:
                await connection.close()
        if self.session:
            await self.session.close()
        Tap.packets.clear()
        Tap.reports.clear()


async def listens(url):
    """Returns once somebody takes connections there."""
    address = urllib.parse.urlsplit(url)
    while True:
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.02)


async def go_on(options):
    drops = set()
    while True:
        await listens(options.url)
        say("server")
        far = Far(options)
        try:
            await far.stay()
            say("lost")
        except (OSError, aiohttp.ClientError, asyncio.TimeoutError, janus.JanusError) as problem:
            say("problem", text=repr(problem))
        # Closing can take a while and must not delay the return.
        drop = asyncio.create_task(far.drop())
        drops.add(drop)
        drop.add_done_callback(drops.discard)
        await asyncio.sleep(0.02)


async def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "name", "video", "audio", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--room", type=int, required=True)
    parser.add_argument("--engine", choices=["aiortc", "chrome"], default="aiortc")
    options = parser.parse_args()
    options.pin, options.subscribe, options.speaking = None, "yes", "yes"
    if options.engine == "aiortc":
        Tap.install()
    work = asyncio.create_task(go_on(options))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    work.cancel()


if __name__ == "__main__":
    asyncio.run(main())
