"""The room's main job, on real material and measured: a calendar entry comes due, the room joins by itself, a foreign guest
(aiortc) and the room see and hear each other through Janus, and after the meeting's end the room leaves.

Usage: demo.py OUT, inside tools/peers/namespace. Exit status 0 only if everything was measured to be good.
"""

import asyncio
import collections
import datetime
import json
import math
import pathlib
import shutil
import sys
import tempfile
import time

import numpy

import clips
import janus
import picture
import sound
from checks import Report
from control import Control
from guests import GuestProcess
from room import Room, tail

ADDRESS = "10.77.0.1"
ROOM, PIN, TITLE = 1234, "4711", "Weekly with the Ångström team"
LASTS = 25  # seconds of meeting
COUNTDOWN = 3  # seconds; also `early`, so that the room is in when the meeting starts

# What is good, and why.
JOIN = 3.0  # seconds from the start of joining; ICE, DTLS and two round trips take a fraction, the machine may be busy
FIRST_FRAME = 2.0  # seconds from being in; a key frame is asked for at once, and people wait
CORRELATION = 0.8  # Opus at speech rates keeps the wave form of voiced speech to about 0.95; lost or garbled words do not
GUEST_RATE = 25.0  # frames a second at the guest, of 30 sent
ROOM_RATE = 12.0  # frames a second at the room, of 15 sent
SEEN = 0.8  # of the guest's frames; snapshots are taken at half of the display's rate, so one or the other is missed
LONGEST_GAP = 0.5  # seconds; a stand-still that people notice
PICTURE_LATENCY = 0.4  # seconds; ITU-T G.114 wants 0.15 mouth to ear, the rest are software codecs in a shared machine
SOUND_LATENCY = 0.4
EARLY, LATE = -0.125, 0.045  # ITU-R BT.1359: sound may lag 125 ms or lead 45 ms before people notice
TOLERANCE = 0.04  # of measuring: half a frame of the guest's 15 a second, and the Opus frame
LEFT = 2.0 + 3.0  # seconds from being alone to gone: `alone`, a second of clock granularity, the way out
GONE = 2.0  # seconds until the others are told


async def watch_roster(address, found):
    """Asks Janus from outside, twenty times a second, who is in the room; notes when the Boardroom came and went."""
    session = await janus.Session(f"ws://{address}:8188").open()
    handle = await session.attach()
    request = {"janus": "message", "handle_id": handle, "body": {"request": "listparticipants", "room": ROOM}}
    try:
        while True:
            answer = await session.request(request)
            names = [person.get("display") for person in answer["plugindata"]["data"].get("participants", [])]
            if "Boardroom" in names:
                found.setdefault("came", time.monotonic())
            elif "came" in found:
                found.setdefault("went", time.monotonic())
            await asyncio.sleep(0.05)
    finally:
        await session.close()


async def watch_file(path, found):
    """When the speaker's file began: its sample 0 was played no later than (now − samples written) of any moment."""
    while True:
        try:
            samples = (path.stat().st_size - 44) // 2
            if samples > 4800:
                start = time.monotonic() - samples / 48000
                found["start"] = min(start, found.get("start", math.inf))
        except OSError:
            pass
        await asyncio.sleep(0.005)


async def watch_display(control, found, out):
    """Small snapshots of the display for the guest's time code, as fast as they come; a large one now and then for people."""
    begun = time.monotonic()
    kept = 0
    while True:
        next_one = time.monotonic() + 0.03
        if kept < 3 and time.monotonic() > begun + 3 + 6 * kept:
            kept += 1
            snapshot = await picture.take(control)
            snapshot.save(out / f"display-{2 + kept}-meeting.png")
        else:
            snapshot = await picture.take(control, 320)
        code = snapshot.time_code(snapshot.whole)
        if code is None and any(former is not None for _, former in found):
            snapshot.save(out / "display-unreadable.png")
        found.append((snapshot.instant, code))
        await asyncio.sleep(max(0.0, next_one - time.monotonic()))


def calendar(path, start):
    def text(instant):
        return datetime.datetime.fromtimestamp(instant, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")

    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//roomd//demo//EN", "BEGIN:VEVENT", "UID:demo@roomd"]
    lines += [f"DTSTAMP:{text(time.time())}", f"DTSTART:{text(start)}", f"DTEND:{text(start + LASTS)}"]
    lines += [f"SUMMARY:{TITLE}", f"LOCATION:janus+ws://{ADDRESS}:8188/?room={ROOM}&pin={PIN}"]
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    path.write_bytes("\r\n".join(lines).encode())


class Times:
    """When things happened; CLOCK_MONOTONIC seconds."""


async def run(work, out, times):
    """Plays the meeting. Returns the guest's results, snapshots, and what the room itself says."""
    clips.clip(work / "room.y4m", 1280, 720, 30, "room")
    clips.clip(work / "guest.y4m", 640, 360, 15, "guest")
    clips.speech(
        work / "room.wav",
        "Good morning from the board room. We have seven people here, the coffee is fresh, and the numbers of the last "
        "quarter are on the wall. Shall we begin with the budget, or wait for our colleagues from Uppsala?",
        "en-gb",
    )
    clips.speech(
        work / "guest.wav",
        "Hello everybody, I can see and hear you very well. The train was late again, therefore I join from the station, "
        "where a brown fox jumps over lazy dogs while I look for page twenty three of the contract.",
        "en-us+f3",
    )
    print("demo: starting Janus, a guest and roomd", flush=True)
    janus.configure(work / "janus", ADDRESS, rooms=[{"id": ROOM, "pin": PIN, "description": "Demo"}])
    server = janus.start(work / "janus", work / "janus.log", ADDRESS)
    room = guest = control = None
    tasks = []
    try:
        guest = await GuestProcess(
            work, "guest", url=f"ws://{ADDRESS}:8188", room=ROOM, pin=PIN, video=work / "guest.y4m",
            audio=work / "guest.wav",
        ).start()
        await guest.event("published", 20)
        # Whole seconds, as calendars have them.
        times.begin = math.ceil(time.time()) + COUNTDOWN + 4
        calendar(work / "room.ics", times.begin)
        times.zero = time.time() - time.monotonic()
        times.due = times.begin - COUNTDOWN - times.zero
        times.end = times.begin + LASTS - times.zero
        room = Room(
            work / "room",
            calendars=[{"type": "ics", "url": f"file://{work}/room.ics", "refresh": "60s"}],
            services=[{"name": "demo", "url": f"janus+ws://{ADDRESS}:8188"}],
            devices={
                "camera": f"file:{work}/room.y4m", "microphone": f"file:{work}/room.wav",
                "speaker": f"file:{out}/room-heard.wav", "display": "headless:1280x720",
            },
            join={"countdown": f"{COUNTDOWN}s", "early": f"{COUNTDOWN}s", "alone": "2s", "microphone": True},
        ).start()
        played, roster, snapshots = {}, {}, []
        tasks.append(asyncio.create_task(watch_file(out / "room-heard.wav", played)))
        tasks.append(asyncio.create_task(watch_roster(ADDRESS, roster)))
        control = await (await Control.open(room.socket, is_alive=lambda: room.is_running)).follow()
        times.ready = time.monotonic() - room.started
        await control.until(lambda: control.get("schedule.next.title") == TITLE, 10, "the meeting in schedule.next")
        await asyncio.sleep(1)
        (await picture.take(control)).save(out / "display-1-before.png")
        await control.until(lambda: control.get("schedule.next.state") == "countdown", 15, "the countdown")
        await asyncio.sleep(0.5)
        (await picture.take(control)).save(out / "display-2-countdown.png")
        times.joining = await control.until(
            lambda: control.get("meeting.state") in ("joining", "joined"),
            times.due - time.monotonic() + COUNTDOWN + 5, "the room joins by itself",
        )
        times.joined, _ = await control.event("meeting.joined", 15)
        times.saw, data = await guest.event("first-frame", 15)
        display = asyncio.create_task(watch_display(control, snapshots, out))
        tasks.append(display)
        print(f"demo: the room is in the meeting, which ends in {times.end - time.monotonic():.0f} s", flush=True)
        await asyncio.wait([display], timeout=times.end - time.monotonic())
        if display.done():
            display.result()
        display.cancel()
        times.statistics = await control.call("statistics.get")
        times.alone = time.monotonic()
        results = await guest.leave()
        times.left, _ = await control.event("meeting.left", 20)
        await control.until(lambda: control.get("meeting") is None, 5, "the state shows no meeting")
        await asyncio.sleep(0.5)
        (await picture.take(control)).save(out / "display-6-after.png")
        times.roster = roster
        status, took = room.stop()
        return results, snapshots, played, (status, took)
    except Exception as problem:
        logs = [("roomd", room.log)] if room else []
        logs += [("the guest", guest.log)] if guest else []
        logs += [("Janus", work / "janus.log")]
        print(f"\ndemo: failed: {problem or type(problem).__name__}", file=sys.stderr)
        if control:
            (out / "state.json").write_text(json.dumps(control.state, indent=1, ensure_ascii=False))
            schedule = json.dumps(control.get("schedule.next"), ensure_ascii=False)
            print(f"  the state is in {out}/state.json; schedule.next: {schedule}", file=sys.stderr)
        for name, log in logs:
            shutil.copy(log, out / log.name) if log.exists() else None
            print(f"\n  the end of the log of {name} ({out / log.name}):\n{tail(log, 15)}", file=sys.stderr)
        sys.exit(1)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if guest:
            guest.stop()
        if room:
            room.stop(5)
            if room.log.exists():
                shutil.copy(room.log, out / "roomd.log")
        server.terminate()
        server.wait()
        for name in ("janus.log", "guest.log"):
            if (work / name).exists():
                shutil.copy(work / name, out / name)


# MARK: Measuring


def capture_offset(report_list, timestamp, rate):
    """The sender's NTP time of an RTP timestamp, by its sender reports (RFC 3550 §6.4.1), from the nearest one."""
    def distance(report):
        return abs((timestamp - report[3] + 2**31) % 2**32 - 2**31)

    nearest = min(report_list, key=distance)
    return nearest[2] + ((timestamp - nearest[3] + 2**31) % 2**32 - 2**31) / rate


def direction_to_guest(feed, original, report, times):
    """The room's picture and sound as the guest got them."""
    if not feed or not feed["frames"]:
        report.measure("room → guest", "nothing came", "picture and sound", False)
        return
    codes = feed["codes"]
    arrivals = [code[0] for code in codes]
    sizes = collections.Counter(feed["sizes"])
    report.measure(
        "room → guest: first frame", f"{feed['firstFrame'] - times.joined:+.2f} s after joining", f"≤ {FIRST_FRAME:.0f} s",
        feed["firstFrame"] - times.joined <= FIRST_FRAME,
    )
    # The rate of the steady picture: from one second after the first.
    steady = [arrival for arrival in arrivals if arrival > arrivals[0] + 1]
    rate = (len(steady) - 1) / (steady[-1] - steady[0]) if len(steady) > 1 else 0
    size, count = sizes.most_common(1)[0]
    is_large = sizes.get("1280x720", 0) >= 0.95 * feed["frames"]
    text = f"{feed['frames']}, {', '.join(f'{n} of {s}' for s, n in sizes.items())}"
    report.measure("room → guest: frames", text, "≥ 95 % of 1280x720", is_large)
    report.measure("room → guest: rate", f"{rate:.1f} frames/s", f"≥ {GUEST_RATE:.0f}", rate >= GUEST_RATE)
    readable = len(codes) / feed["frames"]
    report.measure("room → guest: time code readable", f"{100 * readable:.1f} %", "≥ 99 %", readable >= 0.99)
    gap = max(b - a for a, b in zip(arrivals, arrivals[1:]))
    report.measure("room → guest: longest gap", f"{1000 * gap:.0f} ms", f"≤ {1000 * LONGEST_GAP:.0f} ms", gap <= LONGEST_GAP)
    delays = [sound.behind(arrival, code / 1000, clips.SECONDS) for arrival, code, _ in codes]
    latency = float(numpy.median(delays))
    report.measure(
        "room → guest: picture, camera to decoded", f"{1000 * latency:.0f} ms (95 %: {1000 * numpy.percentile(delays, 95):.0f})",
        f"≤ {1000 * PICTURE_LATENCY:.0f} ms", latency <= PICTURE_LATENCY,
    )
    heard = sound.matches(clips.read_wav(feed["wav"]), original)
    if not heard:
        report.measure("room → guest: speech", "silence", "speech", False)
        return
    first = feed["firstTimestamp"]
    network = dict((timestamp, arrival) for arrival, timestamp in reversed(feed["network"]["audio"]))
    delays, skews = [], []
    video_skew = [
        sound.behind(capture_offset(feed["reports"]["video"], timestamp, 90000) - times.zero, code / 1000, clips.SECONDS)
        for _, code, timestamp in codes[30:]
    ] if feed["reports"].get("video") else []
    stamps = numpy.array(sorted(network))
    for match in heard:
        timestamp = (first + match.first) & 0xFFFFFFFF
        place = numpy.searchsorted(stamps, timestamp, "right") - 1
        if place >= 0 and timestamp - stamps[place] < 960:
            # A packet can be sent when its last sample is known.
            said = match.position / 48000 - (timestamp - stamps[place]) / 48000
            delays.append(sound.behind(network[int(stamps[place])], said, clips.SECONDS))
        if feed["reports"].get("audio"):
            capture = capture_offset(feed["reports"]["audio"], timestamp, 48000) - times.zero
            skews.append(sound.behind(capture, match.position / 48000, clips.SECONDS))
    speech_rows("room → guest", heard, delays, "microphone to packet", report)
    if skews and video_skew:
        lip_sync("room → guest", float(numpy.median(skews)) - float(numpy.median(video_skew)), report)
    else:
        report.measure("room → guest: lip sync", "no sender reports came", "measured", False)


def speech_rows(way, heard, delays, path, report):
    likeness = [match.correlation for match in heard]
    middle = float(numpy.median(likeness))
    report.measure(
        f"{way}: speech correlation", f"{middle:.3f} (best {max(likeness):.3f}, of {len(heard)} parts)",
        f"≥ {CORRELATION}", middle >= CORRELATION,
    )
    clear = [delay for delay, match in zip(delays, heard) if match.correlation >= CORRELATION] or delays
    if not clear:
        report.measure(f"{way}: sound, {path}", "unknown", "measured", False)
        return None
    latency = float(numpy.median(clear))
    report.measure(
        f"{way}: sound, {path}", f"{1000 * latency:.0f} ms (95 %: {1000 * numpy.percentile(clear, 95):.0f})",
        f"≤ {1000 * SOUND_LATENCY:.0f} ms", latency <= SOUND_LATENCY,
    )
    return latency


def lip_sync(way, skew, report):
    """`skew`: seconds by which sound comes later than its picture."""
    is_good = -LATE - TOLERANCE <= skew <= -EARLY + TOLERANCE
    word = "later" if skew >= 0 else "earlier"
    report.measure(f"{way}: lip sync", f"sound {1000 * abs(skew):.0f} ms {word}", "−45 … +125 ms ± 40", is_good)


def longest_pause(sent, first, last):
    """The longest time in seconds in which the guest sent no picture between two that it sent (milliseconds)."""
    inside = [instant for instant in sent if first <= instant <= last]
    return max((b - a for a, b in zip(inside, inside[1:])), default=0) / 1000


def direction_to_room(snapshots, sent, played, wav, original, report, times):
    """The guest's picture and sound as the room showed and played them."""
    codes = [(instant, code) for instant, code in snapshots if code is not None]
    if len(codes) < 10:
        text = f"in {len(codes)} of {len(snapshots)} snapshots"
        report.measure("guest → room: picture on the display", text, "in all", False)
        return
    first = codes[0][0]
    report.measure(
        "guest → room: first frame", f"{first - times.joined:+.2f} s after joining", f"≤ {FIRST_FRAME:.0f} s",
        first - times.joined <= FIRST_FRAME,
    )
    after = [code for instant, code in snapshots if instant >= first]
    share = len(codes) / len(after)
    text = f"{100 * share:.1f} % of {len(after)} snapshots"
    report.measure("guest → room: time code readable", text, "≥ 99 %", share >= 0.99)
    # When each of the guest's pictures was seen on the display first.
    shown = {}
    for instant, code in codes:
        shown.setdefault(code, instant)
    instants = list(shown.values())
    steady = [instant for instant in instants if instant > first + 1]
    rate = (len(steady) - 1) / (steady[-1] - steady[0]) if len(steady) > 1 else 0
    until = instants[-1] * 1000
    share = len(shown) / max(1, sum(1000 * first <= instant <= until for instant in sent))
    text = f"{len(shown)} seen, {100 * share:.0f} % of those sent"
    report.measure("guest → room: frames", text, f"≥ {100 * SEEN:.0f} %", share >= SEEN)
    received = next((one for one in times.statistics["inbound"] if one["kind"] == "video"), {})
    text = f"{received.get('frames')} of {received.get('width')}x{received.get('height')}, {received.get('freezes')} gaps > 200 ms"
    report.measure("guest → room: decoded", text, "640x360", (received.get("width"), received.get("height")) == (640, 360))
    report.measure("guest → room: rate", f"{rate:.1f} frames/s", f"≥ {ROOM_RATE:.0f}", rate >= ROOM_RATE)
    # A guest that is starved of processor time sends nothing for a while: that is not the room's.
    pairs = list(shown.items())
    gaps = [(b[1] - a[1], longest_pause(sent, a[0], b[0]), a[1]) for a, b in zip(pairs, pairs[1:])]
    gap, own, place = max(gaps, key=lambda gap: gap[0] - gap[1])
    text = f"{1000 * gap:.0f} ms at +{place - first:.1f} s, the guest's own {1000 * own:.0f}"
    report.measure("guest → room: longest gap", text, f"≤ {1000 * LONGEST_GAP:.0f} ms", gap - own <= LONGEST_GAP)
    delays = [instant - code / 1000 for code, instant in shown.items()]
    latency = float(numpy.median(delays))
    report.measure(
        "guest → room: picture, camera to display",
        f"{1000 * latency:.0f} ms (95 %: {1000 * numpy.percentile(delays, 95):.0f})",
        f"≤ {1000 * PICTURE_LATENCY:.0f} ms", latency <= PICTURE_LATENCY,
    )
    heard = sound.matches(wav, original)
    if not heard or "start" not in played:
        report.measure("guest → room: speech", "silence", "speech", False)
        return
    delays = [
        sound.behind(played["start"] + match.first / 48000, match.position / 48000, clips.SECONDS) for match in heard
    ]
    delay = speech_rows("guest → room", heard, delays, "mouth to loudspeaker", report)
    if delay is not None:
        lip_sync("guest → room", delay - latency, report)


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    times = Times()
    with tempfile.TemporaryDirectory(prefix="roomd-demo-") as folder:
        work = pathlib.Path(folder)
        results, snapshots, played, (status, took) = asyncio.run(run(work, out, times))
        report = Report("demo")
        report.measure("roomd answers on its socket", f"{times.ready:.2f} s after its start", "≤ 5 s", times.ready <= 5)
        begun = times.joining - times.due
        report.measure(
            "begins to join", f"{begun:.2f} s after it was due", f"{COUNTDOWN} s countdown + ≤ 1 s", COUNTDOWN - 0.2 <= begun <= COUNTDOWN + 1
        )
        took_joining = times.joined - times.joining
        report.measure("has joined", f"{took_joining:.2f} s after beginning", f"≤ {JOIN:.0f} s", took_joining <= JOIN)
        feed = next((feed for feed in results["feeds"] if feed["name"] == "Boardroom"), None)
        direction_to_guest(feed, clips.read_wav(work / "room.wav"), report, times)
        wav = clips.read_wav(out / "room-heard.wav")
        direction_to_room(snapshots, results["sent"], played, wav, clips.read_wav(work / "guest.wav"), report, times)
        gone = times.left - times.alone
        report.measure(
            "leaves after the end", f"{times.alone - times.end:+.1f} s: guest gone; {gone:.1f} s later: room",
            f"alone for 2 s, ≤ {LEFT:.0f} s", 1.5 <= gone <= LEFT,
        )
        went = times.roster.get("went")
        seen = f"{went - times.left:+.2f} s" if went else "never"
        report.measure("the others see it leave", seen, f"≤ {GONE:.0f} s", went is not None and went - times.left <= GONE)
        report.measure("SIGTERM ends roomd", f"status {status} after {took:.2f} s", "status 0", status == 0)
        guest_wav = feed and pathlib.Path(feed["wav"])
        if guest_wav and guest_wav.exists():
            shutil.copy(guest_wav, out / "guest-heard.wav")
    print(f"\nMeasured, with {len(snapshots)} snapshots of the display:\n")
    report.table()
    usage, stages = times.statistics["process"], times.statistics["stages"]
    steps = ", ".join(f"{name} {1000 * stage['median']:.1f}" for name, stage in sorted(stages.items()) if "median" in stage)
    print(f"\nroomd used {usage['cpu']:.0f} % of a core and {usage['memory'] / 2**20:.0f} MiB. Its steps (medians in ms): {steps}")
    print(f"\nThe display: {out}/display-1-before.png, -2-countdown, -3-meeting …, -6-after")
    print(f"The sound:   {out}/room-heard.wav (the room's loudspeaker), guest-heard.wav (what the room sent)")
    print(f"The logs:    {out}/roomd.log, guest.log, janus.log\n")
    sys.exit(report.finish())


if __name__ == "__main__":
    main()
