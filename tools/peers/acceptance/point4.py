"""microphone.set {enabled: false}: from the next packet on nothing but silence leaves the box, and the others see it muted;
camera.set likewise. State shows what is, not what was asked."""

import time

import numpy

import clips
import picture
import sound
from acceptance.scenario import main, pause, url

PACKET = 0.02
SILENT = 1  # of 32768: what a decoder makes of digital silence


def said(text):
    """Whether an announcement of the room's streams says this of one of them."""
    return lambda data: data["name"] == "Boardroom" and any(
        stream.get("description") == text for stream in data.get("streams") or []
    )


async def switch(scenario, control, guest, method, enabled, text):
    """Sets, checks the answer's time and what the guest is told; returns the instants of asking and answer."""
    report = scenario.report
    asked = time.monotonic()
    await control.call(method, {"enabled": enabled})
    answered = time.monotonic()
    report.check(f"{method} {enabled} is answered", answered - asked <= 1, f"{1000 * (answered - asked):.0f} ms", "≤ 1 s")
    device = method.split(".")[0]
    state = await control.call("state.get", {"path": device})
    wanted = {"microphone": ("muted", "live"), "camera": ("off", "live")}[device][enabled]
    shown = {key: state.get(key) for key in ("enabled", "state", "mutedBy") if key in state}
    report.check(f"the state says {wanted} with the answer", state["state"] == wanted and state["enabled"] == enabled, str(shown))
    try:
        seen, _ = await guest.event("feed", 3, asked, said(text))
        report.check(f"the others see “{text}”", seen - asked <= 1, f"{seen - asked:.2f} s", "≤ 1 s")
    except TimeoutError:
        report.check(f"the others see “{text}”", False, "not told within 3 s")
    return asked, answered


async def play(scenario):
    report = scenario.report
    scenario.janus({"id": 1234, "pin": "4711"})
    speech = scenario.speech()
    guest = await scenario.guest("guest", 1234, pin="4711", video="none", audio="none", wait="joined")
    room, control = await scenario.room(devices={"microphone": f"file:{speech}"})
    await control.call("meeting.join", {"url": url(1234, "4711"), "microphone": True})
    await guest.event("first-frame", 10)
    await control.call("layout.set", {"mode": "selfview"})
    await pause(4)
    (await picture.take(control)).save(scenario.out / "1-both-on.png")
    muted = await switch(scenario, control, guest, "microphone.set", False, "microphone (muted)")
    await control.call("microphone.set", {"enabled": False})
    report.check("asking twice changes nothing", (await control.call("state.get", {"path": "microphone.state"})) == "muted")
    await pause(5)
    (await picture.take(control)).save(scenario.out / "2-microphone-off.png")
    opened = await switch(scenario, control, guest, "microphone.set", True, "microphone")
    await pause(3)
    closed = await switch(scenario, control, guest, "camera.set", False, "camera (off)")
    await pause(3)
    (await picture.take(control)).save(scenario.out / "3-camera-off.png")
    back = await switch(scenario, control, guest, "camera.set", True, "camera")
    await pause(4)
    results = await guest.leave()
    feed = next(feed for feed in results["feeds"] if feed["name"] == "Boardroom")

    # Sound: by arrival of packets, so that no jitter buffer is in between.
    samples = clips.read_wav(feed["wav"])
    packets = feed["network"]["audio"]
    first = feed["firstTimestamp"]

    def part(begin, end):
        """The samples of the packets that arrived in between."""
        stamps = [(timestamp - first) % 2**32 for arrival, timestamp in packets if begin <= arrival < end]
        stamps = [stamp for stamp in stamps if stamp < len(samples)]
        return samples[min(stamps) : max(stamps) + 960] if stamps else samples[:0]

    before = part(muted[0] - 3, muted[0])
    report.check("speech before", sound.to_db(before) > -50, f"{sound.to_db(before):.0f} dBFS")
    # One packet may be on its way through Janus; the next begins with the decoder's memory of the former.
    silent = part(muted[1] + 2 * PACKET, opened[0])
    peak = int(numpy.abs(silent.astype(int)).max()) if len(silent) else -1
    beyond = numpy.flatnonzero(numpy.abs(silent.astype(int)) > SILENT)
    last = f", last at {beyond[-1] / 48000:.3f} s" if len(beyond) else ""
    report.check(
        "from the next packet on only silence", len(silent) > 48000 and peak <= SILENT,
        f"peak {peak} of 32768 in {len(silent) / 48000:.1f} s{last}", f"≤ {SILENT}",
    )
    after = part(opened[1] + 0.5, closed[0])
    report.check("speech again after opening", sound.to_db(after) > -50, f"{sound.to_db(after):.0f} dBFS")

    # Pictures.
    frames = [code[0] for code in feed["codes"]]
    late = [frame for frame in frames if closed[1] + 0.3 < frame < back[0]]
    report.check("no picture while the camera is off", not late, f"{len(late)} frames")
    stray = [arrival for arrival, _ in feed["network"]["video"] if closed[1] + 0.3 < arrival < back[0]]
    report.check("no video packet either", not stray, f"{len(stray)} packets")
    fresh = [frame for frame in frames if frame > back[0]]
    took = fresh[0] - back[0] if fresh else None
    report.check("the picture is back at once", took is not None and took <= 1, f"{took:.2f} s" if fresh else "never", "≤ 1 s")


if __name__ == "__main__":
    main(4, "microphone and camera off", play)
