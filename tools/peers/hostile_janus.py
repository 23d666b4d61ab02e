"""A Janus server that means harm, in one of many named ways. It stands in front of a true one and passes on, or twists, what that
one says; some behaviours need no true one.

    hostile_janus.py BEHAVIOUR --address 10.77.0.1 --port 8190 --upstream ws://10.77.0.1:8188 [--seed 1]
"""

import argparse
import asyncio
import inspect
import itertools
import json
import random
import struct
import sys

import aiohttp
from aiohttp import web

PROTOCOL = "janus-protocol"
MEGABYTE = 1 << 20
JUNK = (None, True, -1, 1.5, 1 << 80, "", "seven", [], {}, [[]], {"id": []}, "\u0000", "v=0")


class Hostile:
    """Passes everything on. Behaviours override what they twist."""

    opening = "websocket"

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.asked = {}  # transaction: what was asked
        self.handles = []
        self.session = 0
        self.has_joined = False
        self.is_in = False

    # What a behaviour may change. Everything may return a message, a text or bytes, a list of these, or None for nothing.

    def answer(self, asked, message):
        """What becomes of Janus's answer to `asked`: create, attach, join, publish, configure, start, subscribe, trickle, keepalive…"""
        return message

    def event(self, message):
        """What becomes of what Janus says by itself."""
        return message

    async def after_join(self, say):
        """Runs when the room is in the meeting, and sound and picture flow; `say` sends."""

    async def later(self, say):
        await asyncio.sleep(1.5)
        self.is_in = True
        await self.after_join(say)

    # The way through.

    async def serve(self, request, upstream):
        ours = web.WebSocketResponse(protocols=(PROTOCOL,), max_msg_size=0)
        await ours.prepare(request)
        self.transport = request.transport
        await self.follow(request, ours, upstream)
        return ours

    async def follow(self, request, ours, upstream):
        async with aiohttp.ClientSession() as client, client.ws_connect(
            upstream, protocols=(PROTOCOL,), max_msg_size=0
        ) as theirs:
            tasks = [asyncio.create_task(self.up(ours, theirs)), asyncio.create_task(self.down(ours, theirs))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def up(self, ours, theirs):
        async for frame in ours:
            if frame.type != aiohttp.WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            what = message.get("janus")
            self.asked[message.get("transaction")] = (message.get("body") or {}).get("request", what) if what == "message" else what
            self.session = message.get("session_id", self.session)
            if "handle_id" in message and message["handle_id"] not in self.handles:
                self.handles.append(message["handle_id"])
            await theirs.send_str(frame.data)

    async def down(self, ours, theirs):
        tasks = []

        async def say(what):
            for one in what if isinstance(what, list) else [what]:
                if isinstance(one, bytes):
                    await ours.send_bytes(one)
                elif one is not None:
                    await ours.send_str(one if isinstance(one, str) else json.dumps(one))

        try:
            async for frame in theirs:
                if frame.type != aiohttp.WSMsgType.TEXT:
                    continue
                message = json.loads(frame.data)
                asked = self.asked.get(message.get("transaction"))
                await say(self.answer(asked, message) if asked else self.event(message))
                data = (message.get("plugindata") or {}).get("data") or {}
                if data.get("videoroom") == "joined" and not self.has_joined:
                    self.has_joined = True
                    tasks.append(asyncio.create_task(self.later(say)))
        finally:
            for task in tasks:
                task.cancel()

    def spontaneous(self, data, handle=0, **more):
        """An event of the plugin's that nobody asked for."""
        sender = self.handles[handle] if handle < len(self.handles) else 1
        message = {"janus": "event", "session_id": self.session, "sender": sender}
        return message | {"plugindata": {"plugin": "janus.plugin.videoroom", "data": data}} | more


# Before the room is in a meeting.


class Mute(Hostile):
    """Takes the connection and never says a word."""

    opening = "tcp"

    async def talk(self, reader, writer):
        while await reader.read(65536):
            pass


class Webpage(Mute):
    """Answers the opening of the WebSocket with a page of a megabyte."""

    async def talk(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1048576\r\n\r\n" + b"<p>" * 349525 + b"!")
        await writer.drain()


class EndlessHead(Mute):
    """The head of its answer to the opening never ends."""

    async def talk(self, reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            writer.write(b"X-More: " + b"x" * 8000 + b"\r\n")
            await writer.drain()


class Silence(Hostile):
    """Opens the WebSocket and answers nothing."""

    async def follow(self, request, ours, upstream):
        async for _ in ours:
            pass


class Acks(Silence):
    """Answers every request with an `ack`, and never with more."""

    async def follow(self, request, ours, upstream):
        async for frame in ours:
            if frame.type == aiohttp.WSMsgType.TEXT:
                await ours.send_json({"janus": "ack", "transaction": json.loads(frame.data)["transaction"]})


class Garbage(Hostile):
    """Answers with bytes that are no JSON, and with JSON that is no message."""

    def answer(self, asked, message):
        junk = bytes(self.random.randrange(256) for _ in range(200))
        return [junk, junk.decode("latin-1"), "[]", "null", "7", '"janus"', "{", '{"janus":7}', "[" * 100_000, '{"a":' * 50_000]


class CreateWrongTypes(Hostile):
    """The session's id is no number."""

    def answer(self, asked, message):
        return dict(message, data={"id": "seven"}) if asked == "create" else message


class NoFields(Hostile):
    """Answers have nothing in them but that they are one."""

    def answer(self, asked, message):
        return {"janus": message["janus"], "transaction": message["transaction"]} if asked != "create" else message


class JoinedWrongTypes(Hostile):
    """Every value in the answer to the join is of another type."""

    def answer(self, asked, message):
        if asked != "join" or "plugindata" not in message:
            return message
        data = {key: self.random.choice(JUNK) for key in message["plugindata"]["data"] if key != "videoroom"}
        return dict(message, plugindata={"plugin": 7, "data": dict(data, videoroom="joined")})


class Novel(Hostile):
    """Refuses the join, with most of a megabyte of reasons and a terminal's control codes."""

    def answer(self, asked, message):
        if asked != "join":
            return message
        text = "\u001b[2J\r\n\u0000\u202eThe room is\n" + "no, no, " * (MEGABYTE // 12)
        return self.spontaneous({"videoroom": "event", "error_code": 426, "error": text}, transaction=message["transaction"])


class EnormousMessage(Hostile):
    """The answer to `create` has 200 MB."""

    def answer(self, asked, message):
        return dict(message, padding="x" * (200 * MEGABYTE)) if asked == "create" else message


class EndlessMessage(Silence):
    """One message that never ends, in fragments of 64 kB."""

    async def follow(self, request, ours, upstream):
        await ours.receive()
        first = 0x01
        while not ours.closed and request.transport is not None:
            request.transport.write(struct.pack(">BBH", first, 126, 65000) + b"x" * 65000)
            first = 0x00
            # No reading means no notice of the end: the socket's own complaint has to do.
            await asyncio.sleep(0.001)


class EndlessSmallTalk(Silence):
    """Pings and events without end in place of an answer."""

    async def follow(self, request, ours, upstream):
        await ours.receive()
        for number in itertools.count():
            await ours.send_json({"janus": "event", "sender": number, "plugindata": {"data": {"n": "x" * 1000}}})
            if number % 50 == 0:
                await ours.ping(b"x" * 100)
                await asyncio.sleep(0)


class SDP(Hostile):
    """Replaces the description in what Janus says."""

    publisher = True

    def twist(self, sdp):
        return sdp

    def answer(self, asked, message):
        jsep = message.get("jsep")
        if jsep and (jsep["type"] == "answer") == self.publisher:
            return dict(message, jsep=dict(jsep, sdp=self.twist(jsep["sdp"])))
        return message

    event = lambda self, message: self.answer(None, message)


class EnormousAnswer(SDP):
    """The answer to the room's offer has 8 MB."""

    def twist(self, sdp):
        lines = (f"a=candidate:{n} 1 udp {n} 10.1.{n >> 8 & 255}.{n & 255} 9 typ host\r\n" for n in range(150_000))
        return sdp + "".join(lines)


class ManyCandidates(SDP):
    """The answer to the room's offer names five thousand candidates, of which one is true."""

    def twist(self, sdp):
        return sdp + "".join(f"a=candidate:{n} 1 udp {n} 10.1.{n >> 8}.{n & 255} 9 typ host\r\n" for n in range(5000))


class BrokenAnswer(SDP):
    """The answer to the room's offer is no SDP."""

    def twist(self, sdp):
        return "v=0\r\no=- \r\nm=audio" + "\u0000" * 10 + "\r\na=fingerprint:\r\n"


class WrongFingerprint(SDP):
    """The answer's fingerprint is somebody else's."""

    def twist(self, sdp):
        lines = sdp.split("\r\n")
        return "\r\n".join("a=fingerprint:sha-256 " + ":".join(["AB"] * 32) if line.startswith("a=fingerprint") else line for line in lines)


class EnormousOffer(SDP):
    """The offer of what the room is to receive has five thousand sections."""

    publisher = False

    def twist(self, sdp):
        section = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:x{}\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\n"
        return sdp + "".join(section.format(n) for n in range(5000))


class BrokenOffer(BrokenAnswer):
    """The offer of what the room is to receive is no SDP."""

    publisher = False


# In the meeting.


class Strangers(Hostile):
    """A hundred thousand answers to what nobody asked, and every true one three times."""

    def answer(self, asked, message):
        return [message] * 3

    async def after_join(self, say):
        for number in range(100_000):
            kind = self.random.choice(("success", "ack", "error", "event", "webrtcup", "pong", "timeout?"))
            await say({
                "janus": kind, "transaction": f"stranger{number}", "session_id": self.session, "data": {"id": number},
                "error": {"code": 458, "reason": "No such session"}, "sender": self.random.choice(self.handles or [1]),
            })


class EndlessEvents(Hostile):
    """Events of people who come, change, speak and go, as fast as they can be sent."""

    async def after_join(self, say):
        for number in itertools.count():
            who = 10_000 + number
            name = "Ω" * 2000
            await say([
                self.spontaneous({"videoroom": "event", "room": 1234, "publishers": [
                    {"id": who, "display": name, "streams": [{"type": "video", "mid": str(mid), "mindex": mid} for mid in range(20)]}]}),
                self.spontaneous({"videoroom": "event", "room": 1234, "joining": {"id": who + 1, "display": name}}),
                self.spontaneous({"videoroom": "talking", "room": 1234, "id": who}),
                self.spontaneous({"videoroom": "slow_link"}),
                {"janus": "trickle", "session_id": self.session, "sender": (self.handles or [1])[0],
                 "candidate": {"candidate": f"candidate:{number} 1 udp 1 10.9.9.9 {number % 60000 + 1} typ host", "sdpMid": "0"}},
            ])


class EventsWrongTypes(Hostile):
    """Fifty thousand events, each value of which may be anything."""

    async def after_join(self, say):
        keys = ("videoroom", "room", "id", "publishers", "leaving", "unpublished", "kicked", "joining", "streams", "configured", "error",
                "error_code", "moderation", "mid", "display", "destroyed?")
        words = ("event", "joined", "attached", "updated", "updating", "talking", "slow_link", *JUNK)
        for _ in range(50_000):
            data = {key: self.random.choice(JUNK) for key in self.random.sample(keys, 4)}
            data["videoroom"] = self.random.choice(words)
            message = self.spontaneous(data, self.random.randrange(3))
            if self.random.random() < 0.2:
                message["jsep"] = self.random.choice([*JUNK, {"type": 7, "sdp": []}, {"type": "offer", "sdp": "v=0"}, {"type": "rollback"}])
            if self.random.random() < 0.1:
                message[self.random.choice(list(message))] = self.random.choice(JUNK)
            await say(message)


class SilenceInMeeting(Hostile):
    """Says nothing more once the room is in; the connection stays open."""

    def answer(self, asked, message):
        return None if self.is_in else message

    def event(self, message):
        return None if self.is_in else message


class HangsUp(Hostile):
    """Lets the room in and hangs up, again and again."""

    async def after_join(self, say):
        self.transport.abort()


BEHAVIOURS = {
    "".join("-" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("-"): one
    for name, one in list(globals().items())
    if inspect.isclass(one) and issubclass(one, Hostile) and one not in (Hostile, SDP)
}


async def run(options):
    kind = BEHAVIOURS[options.behaviour]
    if kind.opening == "tcp":
        async def talk(reader, writer):
            try:
                await kind(options.seed).talk(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                pass
            writer.close()

        await asyncio.start_server(talk, options.address, options.port)
    else:
        async def serve(request):
            try:
                return await kind(options.seed).serve(request, options.upstream)
            except (OSError, RuntimeError, aiohttp.ClientError):
                return web.Response()

        application = web.Application()
        application.router.add_get("/", serve)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, options.address, options.port).start()
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("behaviour", choices=sorted(BEHAVIOURS))
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--upstream", default="ws://127.0.0.1:8188", help="the true Janus")
    parser.add_argument("--seed", type=int, default=1)
    try:
        asyncio.run(run(parser.parse_args()))
    except KeyboardInterrupt:
        sys.exit(0)
