"""The room prefers VP9: it sends it where the meeting takes it, to a guest on Chrome's engine, and takes VP9 from that guest; where the meeting
has VP8 only it sends VP8, and health says so."""

from acceptance.scenario import main, pause, url

BOTH, VP9_ONLY, VP8_ONLY = 1234, 1235, 1236
WATCHED = 6.0
SIZE = "1280x720"


def video(streams):
    """The one stream of pictures; empty where there is none."""
    return next((stream for stream in streams if stream["kind"] == "video"), {})


async def meet(scenario, control, room, sent, received):
    """Joins a room with a guest on Chrome's engine; both are to see each other in the codecs named."""
    report = scenario.report
    await control.call("meeting.join", {"url": url(room), "microphone": True})
    guest = await scenario.guest(f"chrome-{room}", room, engine="chrome", video="code:640x360@15")
    _, data = await guest.event("first-frame", 20)
    await pause(WATCHED)
    statistics = await control.call("statistics.get")
    outbound, inbound = video(statistics["outbound"]), video(statistics["inbound"])
    report.check("sent", outbound.get("codec") == sent and outbound.get("frames", 0) > 15 * WATCHED, f"{outbound.get('codec')}, {outbound.get('frames')} pictures", sent)
    report.check("received", inbound.get("codec") == received and inbound.get("frames", 0) > 8 * WATCHED, f"{inbound.get('codec')}, {inbound.get('frames')} pictures", received)
    engine = [stream for stream in await guest.statistics() if stream["kind"] == "video" and (stream.get("framesDecoded") or 0) > 0]
    seen = engine[0] if engine else {}
    size = f"{seen.get('frameWidth')}x{seen.get('frameHeight')}"
    report.check("the guest sees the room", size == SIZE and seen["framesDecoded"] > 15 * WATCHED, f"{size}, {seen.get('framesDecoded')} pictures, first {data['size']}")
    milliseconds = {name: round(1000 * value, 1) for name, value in (("encoding", outbound.get("encodeLatency")), ("decoding", inbound.get("decodeLatency"))) if value}
    report.note(f"medians in milliseconds: {milliseconds}; memory {statistics['process']['memory'] >> 20} MB; {outbound.get('bitrate')} bit/s; freezes at the guest {seen.get('freezeCount')}")
    problems = [problem["code"] for problem in control.get("health.problems") or []]
    await guest.leave()
    return problems


async def leave(control):
    await control.call("meeting.leave", {})
    await control.until(lambda: not control.get("meeting.id") and not control.get("health.problems"), 10, "out of the meeting, and nothing wrong")


async def play(scenario):
    report = scenario.report
    lists = {BOTH: "vp8,vp9", VP9_ONLY: "vp9", VP8_ONLY: "vp8"}
    scenario.janus(*({"id": room, "videocodec": codecs} for room, codecs in lists.items()))
    _, control = await scenario.room(video={"codec": "vp9"})
    report.check("nothing is wrong at the start", not control.get("health.problems"), str(control.get("health.problems")))
    # The guest asks for nothing, so the room's list decides what it sends.
    problems = await meet(scenario, control, BOTH, "vp9", "vp8")
    report.check("both: nothing is wrong", problems == [], str(problems))
    await leave(control)
    problems = await meet(scenario, control, VP9_ONLY, "vp9", "vp9")
    report.check("VP9 only: nothing is wrong", problems == [], str(problems))
    await leave(control)
    problems = await meet(scenario, control, VP8_ONLY, "vp8", "vp8")
    report.check("VP8 only: health says so", problems == ["meeting.codec"], str(control.get("health.problems")))
    await leave(control)


if __name__ == "__main__":
    main("codec", "the room prefers VP9", play)
