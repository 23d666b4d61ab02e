"""A guest on aiortc, or on Chrome's engine (wrtc): joins a Janus VideoRoom, sends a clip and speech, takes in everybody else, writes down what came.

Usage: guest.py --url ws://HOST:8188 --room N [--pin P] --name NAME [--engine aiortc|chrome] [--video CLIP.y4m|code:WxH@R|none] [--audio SPEECH.wav|none]
                [--subscribe yes|no] [--speaking yes|no] --out FOLDER
Reads JSON lines on standard input: {"do": "leave"}, {"do": "speak", "on": true}, {"do": "statistics"}. Writes JSON lines on
standard output: starting, joined, published, feed, first-frame, statistics, leaving, left. On leaving it writes FOLDER/NAME.json and, for each feed, FOLDER/NAME-FEED.wav.
Every time is CLOCK_MONOTONIC in seconds.
"""

import argparse
import asyncio
import fractions
import json
import pathlib
import sys
import time
import wave
import zlib

import av
import numpy

import janus
import timecode

if "chrome" in sys.argv or "--engine=chrome" in sys.argv:
    from webrtc.aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
else:
    from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription


SECOND_ROW = 20  # of the time code, in blocks: the room's display puts the meeting's title over the first
IDENTITY_ROW = 23  # a code of who it is: the CRC of the name


def identity(name):
    return zlib.crc32(name.encode())


def say(event, **data):
    print(json.dumps({"event": event, "at": time.monotonic(), **data}), flush=True)


class Tap:
    """What came from the network before any jitter buffer (aiortc only): by receiver, packets and sender reports."""

    packets = {}  # receiver -> [(arrival, RTP timestamp)]
    reports = {}  # receiver -> [(arrival, SSRC, NTP seconds, RTP timestamp)]

    @classmethod
    def install(cls):
        from aiortc import RTCRtpReceiver
        from aiortc.rtp import RtcpSrPacket

        take_rtp, take_rtcp = RTCRtpReceiver._handle_rtp_packet, RTCRtpReceiver._handle_rtcp_packet

        async def rtp(receiver, packet, arrival_time_ms):
            cls.packets.setdefault(receiver, []).append((time.monotonic(), packet.timestamp))
            await take_rtp(receiver, packet, arrival_time_ms)

        async def rtcp(receiver, packet):
            if isinstance(packet, RtcpSrPacket):
                sent = packet.sender_info
                report = (time.monotonic(), packet.ssrc, sent.ntp_timestamp / 2**32, sent.rtp_timestamp)
                cls.reports.setdefault(receiver, []).append(report)
            await take_rtcp(receiver, packet)

        RTCRtpReceiver._handle_rtp_packet, RTCRtpReceiver._handle_rtcp_packet = rtp, rtcp

    @staticmethod
    def origin(receiver):
        """The RTP timestamp at which a frame's `pts` is 0; modulo 2^32."""
        return getattr(receiver, "_RTCRtpReceiver__timestamp_mapper")._origin or 0


class Picture(MediaStreamTrack):
    """A looped Y4M clip, or moving noise, stamped with CLOCK_MONOTONIC milliseconds when it is handed to the encoder."""

    kind = "video"

    def __init__(self, source, name):
        super().__init__()
        self.identity = identity(name)
        self.sent = []  # milliseconds of CLOCK_MONOTONIC at which a picture went to the encoder
        self.frames = []
        if source.startswith("code:"):
            size, rate = source[5:].split("@")
            width, height = map(int, size.split("x"))
            self.rate = float(rate)
            generator = numpy.random.default_rng(7)
            rows, columns = -(-height // 8), -(-width // 8)
            small = generator.integers(60, 190, (rows, columns + 64), numpy.uint8)
            for shift in range(64):
                luma = small[:, shift : shift + columns].repeat(8, 0).repeat(8, 1)
                self.frames.append(luma[:height, :width])
            self.size = (width, height)
        else:
            container = av.open(source)
            stream = container.streams.video[0]
            self.rate = float(stream.average_rate)
            self.frames = [frame.to_ndarray() for frame in container.decode(stream)]
            self.size = (stream.width, stream.height)
        self.start = None
        self.count = 0

    async def recv(self):
        width, height = self.size
        if self.start is None:
            self.start = time.monotonic()
        # Never behind: a late encoder skips pictures instead of piling them up.
        self.count = max(self.count + 1, int((time.monotonic() - self.start) * self.rate))
        wait = self.start + self.count / self.rate - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        picture = self.frames[self.count % len(self.frames)]
        if picture.shape == (height, width):
            chroma = numpy.full((height // 2, width), 128, numpy.uint8)
            picture = numpy.vstack([picture, chroma])
        else:
            picture = picture.copy()
        now = int(time.monotonic() * 1000)
        self.sent.append(now)
        timecode.stamp_picture(picture, height, now)
        timecode.stamp_picture(picture, height, now, SECOND_ROW)
        timecode.stamp_picture(picture, height, self.identity, IDENTITY_ROW)
        frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
        frame.pts = int(self.count * 90000 / self.rate)
        frame.time_base = fractions.Fraction(1, 90000)
        return frame


class Speech(MediaStreamTrack):
    """A looped WAV; its position is CLOCK_MONOTONIC modulo its length, so that anybody knows what is said when."""

    kind = "audio"

    def __init__(self, path):
        super().__init__()
        self.samples = read_wav(path)
        self.speaking = True
        self.start = None
        self.count = 0

    async def recv(self):
        if self.start is None:
            self.start = time.monotonic()
            # What is handed over has been said: it ends now.
            self.origin = int(self.start % (len(self.samples) / 48000) * 48000) - 960
        wait = self.start + self.count * 0.02 - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        first = self.origin + self.count * 960
        block = self.samples.take(range(first, first + 960), mode="wrap")
        if not self.speaking:
            block = numpy.zeros_like(block)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), "s16", "mono")
        frame.sample_rate = 48000
        frame.pts = self.count * 960
        frame.time_base = fractions.Fraction(1, 48000)
        self.count += 1
        return frame


def read_wav(path):
    with wave.open(str(path)) as file:
        assert file.getframerate() == 48000 and file.getsampwidth() == 2 and file.getnchannels() == 1, path
        return numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)


class Feed:
    """What came from one other participant."""

    def __init__(self, name):
        self.name = name
        self.video = []  # (arrival, width, height, time code, pts)
        self.audio = []  # (arrival, pts, samples)
        self.receivers = {}  # kind -> receiver

    def results(self):
        arrivals = [v[0] for v in self.video]
        gaps = [b - a for a, b in zip(arrivals, arrivals[1:])]
        return {
            "name": self.name,
            "frames": len(self.video),
            "firstFrame": arrivals[0] if arrivals else None,
            "pictures": [v[:3] for v in self.video],
            "sizes": {f"{w}x{h}": sum(1 for v in self.video if v[1:3] == (w, h)) for w, h in {v[1:3] for v in self.video}},
            "longestGap": max(gaps, default=0),
            "firstAudio": self.audio[0][0] if self.audio else None,
            "audioSeconds": sum(len(a[2]) for a in self.audio) / 48000,
            # Decoded pictures and sound: (arrival, time code, RTP timestamp), (arrival, RTP timestamp).
            "codes": [(v[0], v[3], self.timestamp("video", v[4])) for v in self.video if v[3] is not None],
            "audioMap": [(a[0], self.timestamp("audio", a[1])) for a in self.audio],
            "network": {kind: Tap.packets.get(receiver, []) for kind, receiver in self.receivers.items()},
            "reports": {kind: Tap.reports.get(receiver, []) for kind, receiver in self.receivers.items()},
        }

    def timestamp(self, kind, pts):
        """A frame's RTP timestamp as it was on the wire (aiortc only; Chrome's engine does not tell)."""
        receiver = self.receivers.get(kind)
        return (pts + Tap.origin(receiver)) & 0xFFFFFFFF if receiver is not None and pts is not None else pts

    def wav(self):
        """The sound by RTP timestamp: gaps are silence."""
        if not self.audio:
            return numpy.zeros(0, numpy.int16), 0
        first = self.audio[0][1]
        length = max(a[1] - first + len(a[2]) for a in self.audio)
        sound = numpy.zeros(min(length, 48000 * 600), numpy.int16)
        for _, timestamp, samples in self.audio:
            place = timestamp - first
            if 0 <= place and place + len(samples) <= len(sound):
                sound[place : place + len(samples)] = samples
        return sound, first


class Guest:
    def __init__(self, options):
        self.options = options
        self.feeds = {}
        self.mids = {}
        self.subscriber = None
        self.lock = asyncio.Lock()
        self.tasks = []

    async def run(self):
        options = self.options
        say("starting")
        self.session = await janus.Session(options.url).open()
        self.handle = await self.session.attach()
        self.session.on_event[self.handle] = self.event
        join = {"request": "join", "ptype": "publisher", "room": options.room, "display": options.name}
        if options.pin:
            join["pin"] = options.pin
        data, _ = await self.session.message(self.handle, join)
        self.private_id = data["private_id"]
        say("joined", id=data["id"])
        await self.publish()
        if data.get("publishers"):
            await self.take_in(data["publishers"])

    async def publish(self):
        self.publisher = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.speech = self.picture = None
        if self.options.audio != "none":
            self.speech = Speech(self.options.audio)
            self.speech.speaking = self.options.speaking == "yes"
            self.publisher.addTrack(self.speech)
        if self.options.video != "none":
            self.picture = Picture(self.options.video, self.options.name)
            self.publisher.addTrack(self.picture)
        if not self.publisher.getSenders():
            return
        await self.publisher.setLocalDescription(await self.publisher.createOffer())
        local = self.publisher.localDescription
        _, jsep = await self.session.message(
            self.handle, {"request": "publish", "bitrate": 0}, {"type": local.type, "sdp": local.sdp}
        )
        await self.publisher.setRemoteDescription(RTCSessionDescription(jsep["sdp"], jsep["type"]))
        say("published")

    def event(self, data, jsep):
        if data.get("publishers"):
            self.spawn(self.take_in(data["publishers"]))
        for what in ("leaving", "unpublished", "kicked"):
            if what in data:
                say(what, id=data[what])
        if "moderation" in data:
            say("moderation", **{key: data[key] for key in ("id", "mid", "moderation") if key in data})
        if data.get("videoroom") in ("talking", "stopped-talking"):
            say(data["videoroom"], id=data.get("id"))

    def spawn(self, coroutine):
        self.tasks.append(asyncio.create_task(coroutine))

    async def take_in(self, publishers):
        if self.options.subscribe == "no":
            return
        async with self.lock:
            new = []
            for publisher in publishers:
                say("feed", id=publisher["id"], name=publisher.get("display"), streams=publisher.get("streams"))
                if publisher["id"] not in self.feeds:
                    self.feeds[publisher["id"]] = Feed(publisher.get("display"))
                    new.append({"feed": publisher["id"]})
            if not new:
                return
            if self.subscriber is None:
                self.subscriber_handle = await self.session.attach()
                self.session.on_event[self.subscriber_handle] = self.subscriber_event
                join = {"request": "join", "ptype": "subscriber", "room": self.options.room, "streams": new}
                join["private_id"] = self.private_id
                if self.options.pin:
                    join["pin"] = self.options.pin
                data, jsep = await self.session.message(self.subscriber_handle, join)
                self.subscriber = RTCPeerConnection(RTCConfiguration(iceServers=[]))
                self.subscriber.on("track", self.track)
            else:
                data, jsep = await self.session.message(
                    self.subscriber_handle, {"request": "subscribe", "streams": new}
                )
            await self.answer(data, jsep)

    def subscriber_event(self, data, jsep):
        if jsep:
            self.spawn(self.answer_later(data, jsep))

    async def answer_later(self, data, jsep):
        async with self.lock:
            await self.answer(data, jsep)

    async def answer(self, data, jsep):
        for stream in data.get("streams", []):
            if stream.get("feed_id") is not None:
                self.mids[stream["mid"]] = stream["feed_id"]
        if not jsep:
            return
        await self.subscriber.setRemoteDescription(RTCSessionDescription(jsep["sdp"], jsep["type"]))
        await self.subscriber.setLocalDescription(await self.subscriber.createAnswer())
        local = self.subscriber.localDescription
        await self.session.message(
            self.subscriber_handle, {"request": "start"}, {"type": local.type, "sdp": local.sdp}
        )

    def track(self, track):
        self.spawn(self.listen(track))

    async def listen(self, track):
        feed = None
        try:
            while True:
                frame = await track.recv()
                now = time.monotonic()
                if feed is None:
                    transceivers = self.subscriber.getTransceivers()
                    transceiver = next(t for t in transceivers if t.receiver.track is track)
                    feed = self.feeds[self.mids[transceiver.mid]]
                    if self.options.engine == "aiortc":
                        feed.receivers[track.kind] = transceiver.receiver
                if track.kind == "video":
                    if not feed.video:
                        say("first-frame", feed=feed.name, size=f"{frame.width}x{frame.height}")
                    code = timecode.read(timecode.luma_of(frame))
                    feed.video.append((now, frame.width, frame.height, code, frame.pts))
                else:
                    samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
                    feed.audio.append((now, frame.pts, samples))
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            if type(problem).__name__ != "MediaStreamError":
                say("problem", text=repr(problem))

    async def engine_statistics(self):
        """What Chrome's engine says of each stream it receives (W3C inbound-rtp); empty on aiortc, which has no such."""
        if self.options.engine != "chrome" or self.subscriber is None:
            return []
        names = ("kind", "mid", "framesDecoded", "freezeCount", "totalFreezesDuration", "frameWidth", "frameHeight")
        names += ("totalSamplesReceived", "concealedSamples", "silentConcealedSamples", "packetsReceived", "packetsLost")
        names += ("bytesReceived", "pliCount", "nackCount", "jitter", "framesDropped")
        report = await self.subscriber._native.get_stats()
        inbound = [stats for stats in report.values() if stats.type == "inbound-rtp"]
        return [{name: getattr(stats, name, None) for name in names} for stats in inbound]

    async def leave(self):
        results_of_engine = await self.engine_statistics()
        try:
            await self.session.message(self.handle, {"request": "leave"})
        except (janus.JanusError, asyncio.TimeoutError):
            pass
        for task in self.tasks:
            task.cancel()
        out = pathlib.Path(self.options.out)
        out.mkdir(parents=True, exist_ok=True)
        results = {"name": self.options.name, "feeds": [], "engine": results_of_engine}
        if self.speech and self.speech.start:
            results["speech"] = {"start": self.speech.start, "origin": self.speech.origin}
        if self.picture:
            results["sent"] = self.picture.sent
        for number, feed in enumerate(self.feeds.values()):
            sound, first = feed.wav()
            path = out / f"{self.options.name}-{number}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(48000)
                file.writeframes(sound.tobytes())
            results["feeds"].append(dict(feed.results(), wav=str(path), firstTimestamp=feed.timestamp("audio", first)))
        (out / f"{self.options.name}.json").write_text(json.dumps(results))
        for connection in (self.publisher, self.subscriber):
            if connection:
                await connection.close()
        await self.session.close()
        say("left")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--room", type=int, required=True)
    parser.add_argument("--pin")
    parser.add_argument("--name", required=True)
    parser.add_argument("--engine", choices=["aiortc", "chrome"], default="aiortc")
    parser.add_argument("--video", default="code:640x360@15")
    parser.add_argument("--audio", default="none")
    parser.add_argument("--subscribe", choices=["yes", "no"], default="yes")
    parser.add_argument("--speaking", choices=["yes", "no"], default="yes")
    parser.add_argument("--out", default=".")
    guest = Guest(parser.parse_args())
    if guest.options.engine == "aiortc":
        Tap.install()
    try:
        await guest.run()
    except janus.JanusError as error:
        say("refused", code=error.code, reason=str(error))
        return
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        if command["do"] == "leave":
            break
        if command["do"] == "statistics":
            say("statistics", engine=await guest.engine_statistics())
        if command["do"] == "speak" and guest.speech:
            guest.speech.speaking = command["on"]
    await guest.leave()


if __name__ == "__main__":
    asyncio.run(main())
