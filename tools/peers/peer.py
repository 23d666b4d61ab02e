"""One foreign WebRTC peer for tests, on aiortc or on Chrome's engine (wrtc), signalled over its standard streams.

Usage: peer.py [--engine aiortc|chrome] [--video code:WxH@R|CLIP.y4m|none] [--audio tone:HERTZ|speech|none]
               [--receive audio,video|audio|video|none] [--trickle] [--setup active|passive] [--srtp PROFILE]

Standard input, JSON lines:
  {"do": "offer"}                                   makes an offer
  {"do": "description", "type": …, "sdp": …}        takes one; an offer is answered
  {"do": "candidate", "candidate": "candidate:…"}   null ends them
  {"do": "key-frame"}                               asks for a key frame of the video received (aiortc only)
  {"do": "statistics"}                              what it has sent, received and heard so far
  {"do": "engine"}                                  the engine's own statistics alone, which cost little
  {"do": "finish"}                                  writes "report", says goodbye and ends
Standard output, JSON lines, each with "event" and "at" (CLOCK_MONOTONIC in seconds):
  ready, description, candidate (with --trickle), state, first-frame, first-sound, ended, statistics, engine, report, problem
"""

import argparse
import asyncio
import enum
import json
import math
import sys
import tempfile
import time

import numpy

from guest import MediaStreamTrack, Picture, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, Speech
from guest import say
import clips
import timecode

TEXT = """The north wind and the sun were disputing which was the stronger, when a traveller came along wrapped in a
warm cloak. They agreed that the one who first succeeded in making the traveller take his cloak off should be considered
stronger than the other."""

if "chrome" in sys.argv:
    from webrtc.aiortc import RTCRtpSender
    from webrtc.aiortc.sdp import candidate_from_sdp
else:
    import aiortc.rtcdtlstransport
    from aiortc import RTCRtpSender
    from aiortc.sdp import candidate_from_sdp


class Tone(Speech):
    """A sine of −10 dBFS without end, in whole periods a second."""

    def __init__(self, hertz):
        MediaStreamTrack.__init__(self)
        phase = 2 * math.pi * int(hertz) * numpy.arange(48000) / 48000
        self.samples = (0.447 * 32767 * numpy.sin(phase)).astype(numpy.int16)
        self.speaking = True
        self.start = None
        self.count = 0


def tone_of(samples):
    """The strongest frequency of a sound, the share of power within 20 Hz of it, and how long there was any sound.

    Medians over windows of 85 ms that are loud from end to end, so that pauses and clicks do not count.
    """
    window = numpy.hanning(4096)
    frequencies, purities = [], []
    for start in range(0, len(samples) - 4096, 4096):
        block = samples[start : start + 4096].astype(float)
        parts = numpy.sqrt((block.reshape(8, 512) ** 2).mean(1))
        if parts.min() < 600 or parts.max() > 1.3 * parts.min():
            continue
        spectrum = numpy.abs(numpy.fft.rfft(block * window)) ** 2
        peak = int(spectrum.argmax())
        frequencies.append(peak * 48000 / 4096)
        purities.append(spectrum[max(peak - 2, 0) : peak + 3].sum() / spectrum.sum())
    loud = int((numpy.abs(samples.astype(int)) > 300).sum())
    return {
        "hertz": float(numpy.median(frequencies)) if frequencies else None,
        "purity": float(numpy.median(purities)) if purities else None,
        "steadySeconds": len(frequencies) * 4096 / 48000,
        "loudSeconds": loud / 48000,
    }


def freezes(arrivals):
    """As the W3C counts them: an interval longer than thrice the average of the last 30, and by 150 ms longer than it."""
    count, gaps = 0, [b - a for a, b in zip(arrivals, arrivals[1:])]
    for index, gap in enumerate(gaps):
        recent = gaps[max(0, index - 30) : index]
        if len(recent) < 5:
            continue
        average = sum(recent) / len(recent)
        count += gap >= max(3 * average, average + 0.15)
    return count


def plain(value):
    """What json cannot write otherwise."""
    if isinstance(value, enum.Enum):
        return value.value
    return str(value)


def tell(event, **data):
    print(json.dumps({"event": event, "at": time.monotonic(), **data}, default=plain), flush=True)


class Peer:
    def __init__(self, options):
        self.options = options
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.on("track", self.track)
        self.connection.on("connectionstatechange", lambda: say("state", state=self.connection.connectionState))
        self.pictures = []  # (arrival, width, height, time code)
        self.sounds = []  # samples
        self.has_heard = False
        self.key_frames_asked = 0
        self.tasks = []
        send_key_frame = RTCRtpSender._send_keyframe

        def counting(sender):
            self.key_frames_asked += 1
            send_key_frame(sender)

        RTCRtpSender._send_keyframe = counting
        if options.srtp:
            profiles = aiortc.rtcdtlstransport.SRTP_PROFILES
            profiles[:] = [p for p in profiles if p.openssl_profile.decode() == options.srtp]

    def tracks(self):
        if self.options.audio.startswith("tone:"):
            yield "audio", Tone(self.options.audio[5:])
        elif self.options.audio == "speech":
            with tempfile.TemporaryDirectory() as folder:
                yield "audio", Speech(clips.speech(f"{folder}/speech.wav", TEXT, "en"))
        if self.options.video != "none":
            yield "video", Picture(self.options.video, "peer")

    async def offer(self):
        wanted = self.options.receive.split(",")
        sent = dict(self.tracks())
        for kind in ("audio", "video"):
            if kind in sent:
                direction = "sendrecv" if kind in wanted else "sendonly"
                self.connection.addTransceiver(sent[kind], direction=direction)
            elif kind in wanted:
                self.connection.addTransceiver(kind, direction="recvonly")
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self.tell_description()

    async def description(self, command):
        await self.connection.setRemoteDescription(RTCSessionDescription(command["sdp"], command["type"]))
        if command["type"] != "offer":
            return
        for _, track in self.tracks():
            self.connection.addTrack(track)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        await self.tell_description()

    async def tell_description(self):
        local = self.connection.localDescription
        lines = local.sdp.replace("\r\n", "\n").rstrip("\n").split("\n")
        if self.options.setup:
            lines = [f"a=setup:{self.options.setup}" if line == "a=setup:actpass" else line for line in lines]
        candidates = []
        if self.options.trickle:
            candidates = list(dict.fromkeys(line[2:] for line in lines if line.startswith("a=candidate:")))
            lines = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
        say("description", type=local.type, sdp="\r\n".join(lines) + "\r\n")
        for candidate in candidates:
            await asyncio.sleep(0.02)
            say("candidate", candidate=candidate)
        if self.options.trickle:
            say("candidate", candidate=None)

    async def candidate(self, line):
        if line is None:
            await self.connection.addIceCandidate(None)
            return
        candidate = candidate_from_sdp(line.removeprefix("candidate:"))
        candidate.sdpMLineIndex = 0
        candidate.sdpMid = self.connection.getTransceivers()[0].mid
        await self.connection.addIceCandidate(candidate)

    async def ask_key_frame(self):
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video":
                for source in list(transceiver.receiver._RTCRtpReceiver__active_ssrc):
                    await transceiver.receiver._send_rtcp_pli(source)

    def track(self, track):
        self.tasks.append(asyncio.create_task(self.listen(track)))

    async def listen(self, track):
        try:
            while True:
                frame = await track.recv()
                now = time.monotonic()
                if track.kind == "video":
                    if not self.pictures:
                        say("first-frame", size=f"{frame.width}x{frame.height}")
                    self.pictures.append((now, frame.width, frame.height, timecode.read(timecode.luma_of(frame))))
                else:
                    samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
                    if not self.has_heard and numpy.abs(samples).max() > 300:
                        self.has_heard = True
                        say("first-sound")
                    self.sounds.append(samples)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            if type(problem).__name__ == "MediaStreamError":
                say("ended", kind=track.kind)
            else:
                say("problem", text=repr(problem))

    async def engine(self):
        """The engine's own statistics (W3C names in snake case on Chrome's, aiortc's own on aiortc), by type."""
        if self.options.engine == "chrome":
            report = await self.connection._native.get_stats()
        else:
            report = await self.connection.getStats()
        kept = ("inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp", "candidate-pair", "transport")
        result = {kind: [] for kind in kept}
        for item in report.values():
            kind = plain(item.type)
            if kind in result:
                values = {name: value for name, value in vars(item).items() if value is not None and name[0] != "_"}
                result[kind].append(values)
        return result

    async def report(self):
        pictures, sizes = self.pictures, [v[1:3] for v in self.pictures]
        arrivals = [v[0] for v in pictures]
        ages = sorted((int(v[0] * 1000) - v[3]) % (1 << 32) for v in pictures if v[3] is not None)
        sound = numpy.concatenate(self.sounds) if self.sounds else numpy.zeros(0, numpy.int16)
        results = {
            "frames": len(pictures),
            "sizes": {f"{w}x{h}": sizes.count((w, h)) for w, h in set(sizes)},
            "firstFrame": arrivals[0] if arrivals else None,
            "longestGap": max((b - a for a, b in zip(arrivals, arrivals[1:])), default=0),
            "freezes": freezes(arrivals),
            "readableFrames": len(ages),
            "latency": ages[len(ages) // 2] if ages else None,
            "latency95": ages[len(ages) * 95 // 100] if ages else None,
            "soundSeconds": len(sound) / 48000,
            "tone": tone_of(sound),
        }
        results["keyFramesAskedOfUs"] = self.key_frames_asked
        if self.options.engine == "aiortc":
            encoders = [s._RTCRtpSender__encoder for s in self.connection.getSenders() if s.kind == "video"]
            results["videoTarget"] = next((e.target_bitrate for e in encoders if e is not None), None)
            transports = [s.transport for s in self.connection.getSenders() if s.transport]
            results["dtlsRole"] = transports[0]._role if transports else None
        results["engine"] = await self.engine()
        return results

    async def run(self):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        say("ready")
        while line := await reader.readline():
            command = json.loads(line)
            what = command["do"]
            try:
                if what == "offer":
                    await self.offer()
                elif what == "description":
                    await self.description(command)
                elif what == "candidate":
                    await self.candidate(command["candidate"])
                elif what == "key-frame":
                    await self.ask_key_frame()
                elif what == "statistics":
                    tell("statistics", **await self.report())
                elif what == "engine":
                    tell("engine", engine=await self.engine())
                elif what == "finish":
                    break
            except Exception as problem:
                say("problem", text=f"{what}: {problem!r}")
        results = await self.report()
        for task in self.tasks:
            task.cancel()
        await self.connection.close()
        tell("report", **results)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["aiortc", "chrome"], default="aiortc")
    parser.add_argument("--video", default="none")
    parser.add_argument("--audio", default="none")
    parser.add_argument("--receive", default="audio,video")
    parser.add_argument("--trickle", action="store_true")
    parser.add_argument("--setup", choices=["active", "passive"])
    parser.add_argument("--srtp")

    async def run(options):
        await Peer(options).run()

    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
