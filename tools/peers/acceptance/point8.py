"""A guest on Chrome's engine sees the room at 1280×720 within 5 s of joining, without a freeze in a minute, and hears it
without concealment on a clean network."""

import time

import wire
from acceptance.scenario import main, pause, url

WITHIN = 5.0
WATCHED = 60.0
OPUS = 111  # its payload type at Janus


def pick(engine, kind):
    """The one stream of a kind that something was received of."""
    streams = [stream for stream in engine if stream["kind"] == kind and (stream.get("packetsReceived") or 0) > 0]
    return streams[0] if streams else {}


def judge_wire(report, watched):
    """Whether the room's own packets were regular, so that what is concealed can be told to be somebody else's."""
    flows = [(flow, packets) for flow, packets in watched.flows().items() if flow[2] == OPUS]
    # The room alone sent before the guest came.
    packets = flows[0][1]
    steps = {(after[2] - before[2]) % (1 << 32) for before, after in zip(packets, packets[1:])}
    late = max(wire.lateness(packets, 48000))
    report.check("the room's sound packets: 20 ms each, none left out", steps == {960}, f"{len(packets)} packets, steps {steps}")
    # No check: processes here may not run in real time, and what the scheduler takes is for the receiver's buffer to bear.
    report.note(f"the room's sound packets: at most {1000 * late:.1f} ms late")
    for (source, destination, _, _), others in flows[1:]:
        report.note(f"sound from port {source} to {destination}: {len(others)} packets, at most {1000 * max(wire.lateness(others, 48000)):.1f} ms late")


async def play(scenario):
    report = scenario.report
    scenario.janus({"id": 1234, "pin": "4711"})
    speech = scenario.speech()
    room, control = await scenario.room(
        devices={"microphone": f"file:{speech}", "speaker": f"file:{scenario.out}/heard.wav"}
    )
    await control.call("meeting.join", {"url": url(1234, "4711"), "microphone": True})
    await pause(2)
    watched = wire.Wire()
    await pause(0.2)
    guest = await scenario.guest("chrome", 1234, pin="4711", engine="chrome", video="code:640x360@15", audio=speech)
    joined, _ = guest.first("joined")
    first, data = await guest.event("first-frame", 15)
    report.check("the first picture", first - joined <= WITHIN, f"{data['size']} {first - joined:.2f} s after joining", f"≤ {WITHIN} s")
    await pause(max(0.0, joined + WITHIN - time.monotonic()))
    early = await guest.statistics()
    video = pick(early, "video")
    size = f"{video.get('frameWidth')}x{video.get('frameHeight')}"
    report.check("1280×720 within 5 s", size == "1280x720", size)
    begun = time.monotonic()
    await pause(WATCHED)
    late = await guest.statistics()
    seconds = time.monotonic() - begun
    was, now = pick(early, "video"), pick(late, "video")
    if not was or not now:
        report.check("statistics of the picture", False, str(late))
        return
    frames = now["framesDecoded"] - was["framesDecoded"]
    freezes = now["freezeCount"] - was["freezeCount"]
    report.check("no freeze in a minute", freezes == 0, f"{freezes}, together {now['totalFreezesDuration'] - was['totalFreezesDuration']:.2f} s")
    report.check("frames decoded", frames / seconds >= 25, f"{frames / seconds:.1f} a second", "≥ 25")
    report.note(
        f"size {now['frameWidth']}x{now['frameHeight']}, key frames asked for {now['pliCount'] - was['pliCount']}, "
        f"retransmissions {now['nackCount'] - was['nackCount']}, dropped {now['framesDropped'] - was['framesDropped']}"
    )
    was, now = pick(early, "audio"), pick(late, "audio")
    if not was or not now:
        report.check("statistics of the sound", False, str(late))
        return
    # Before the first packet the engine fills in silence, which is no concealment of ours; speech lost would be counted.
    concealed = now["concealedSamples"] - was["concealedSamples"]
    silent = now["silentConcealedSamples"] - was["silentConcealedSamples"]
    total = now["totalSamplesReceived"] - was["totalSamplesReceived"]
    at_start = was["concealedSamples"] - was["silentConcealedSamples"]
    report.check("samples received", total >= 0.98 * 48000 * seconds, f"{total / 48000:.1f} s of {seconds:.1f}")
    report.check("no concealed sample in a minute", concealed == 0, f"{concealed} samples, {silent} of them silent")
    report.check("none but silence at the start", at_start == 0, f"{at_start} of {was['concealedSamples']} concealed ones were not silent")
    report.note(f"lost packets {now['packetsLost']}, jitter {1000 * (now['jitter'] or 0):.1f} ms")
    watched.stop()
    judge_wire(report, watched)
    results = await guest.leave()
    feed = next(feed for feed in results["feeds"] if feed["name"] == "Boardroom")
    arrivals = [code[0] for code in feed["codes"]]
    gap = max((b - a for a, b in zip(arrivals, arrivals[1:])), default=99)
    report.note(f"longest gap between pictures as Python saw them: {1000 * gap:.0f} ms")


if __name__ == "__main__":
    main(8, "a guest on Chrome's engine", play)
