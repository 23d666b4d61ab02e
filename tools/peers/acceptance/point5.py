"""Wrong PIN, unknown room, full room, unreachable server: each its own reason on the socket and its own sentence on the
display; afterwards the room joins as if nothing had been."""

import asyncio
import datetime
import itertools
import time

import numpy

import picture
from acceptance.scenario import main, pause, url
from control import Refused


# Where messages are said on the home screen, 1280 pixels wide: beside the clock, which changes by itself.
CARD = (slice(120, 390), slice(596, 1230))


def differing(one, other):
    """Pixels of the card that are clearly brighter or darker."""
    return int((numpy.abs(one[CARD].astype(int) - other[CARD]) > 32).sum())


def events(path, entries):
    """An .ics with (title, address, seconds from now): each lasts ten minutes."""
    def text(seconds):
        instant = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        return instant.strftime("%Y%m%dT%H%M%SZ")

    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//roomd//acceptance//EN"]
    for number, (title, address, seconds) in enumerate(entries):
        lines += ["BEGIN:VEVENT", f"UID:{number}@roomd", f"DTSTAMP:{text(0)}", f"DTSTART:{text(seconds)}"]
        lines += [f"DTEND:{text(seconds + 600)}", f"SUMMARY:{title}", f"LOCATION:{address}", "END:VEVENT"]
    path.write_bytes("\r\n".join([*lines, "END:VCALENDAR", ""]).encode())


async def play(scenario):
    report = scenario.report
    scenario.janus({"id": 1234, "pin": "4711"}, {"id": 77, "publishers": 1})
    # Janus counts who publishes.
    await scenario.guest("first", 77, video="code:320x180@10", subscribe="no")
    room, control = await scenario.room()
    await pause(1)
    home = await picture.take(control)
    home.save(scenario.out / "0-home.png")
    cases = [
        ("wrong PIN", url(1234, "1111"), "wrong_passcode"),
        ("no PIN", url(1234), "wrong_passcode"),
        ("unknown room", url(99), "meeting_not_found"),
        ("full room", url(77), "meeting_full"),
        ("unreachable server", url(1234, "4711", port=9), "unreachable"),
        ("server without an answer", url(1234, "4711", host="10.77.0.99"), "unreachable"),
        ("another service's address", "https://zoom.us/j/123456789", "unsupported_address"),
    ]
    sentences, pictures = {}, {}
    for number, (what, address, reason) in enumerate(cases, 1):
        asked = time.monotonic()
        try:
            await control.call("meeting.join", {"url": address}, timeout=40)
            report.check(what, False, "the room joined")
            await control.call("meeting.leave")
            continue
        except Refused as refusal:
            took = time.monotonic() - asked
            report.check(f"{what}: reason {reason}", refusal.reason == reason, f"{refusal.reason} after {took:.1f} s, “{refusal.text}”")
            sentences.setdefault(reason, refusal.text)
        await pause(0.5)
        snapshot = await picture.take(control)
        snapshot.save(scenario.out / f"{number}-{what.replace(' ', '-')}.png")
        changed = differing(snapshot.luma, home.luma)
        report.check(f"{what}: something is said on the display", changed > 3000, f"{changed} pixels differ from home")
        pictures.setdefault(reason, snapshot.luma)
        report.check(f"{what}: the state shows no meeting", control.get("meeting") is None)
    report.check("a sentence for each reason", len(set(sentences.values())) == len(sentences) >= 5, str(len(set(sentences.values()))))
    for one, other in itertools.combinations(pictures, 2):
        pixels = differing(pictures[one], pictures[other])
        report.check(f"the displays of {one} and {other} differ", pixels > 300, f"{pixels} pixels")
    joined = await control.call("meeting.join", {"url": url(1234, "4711")})
    report.check("then the right PIN joins", joined["meeting"]["state"] == "joined")
    await pause(0.5)
    (await picture.take(control)).save(scenario.out / "8-in-the-meeting.png")
    await control.call("meeting.leave")

    # The same by the calendar: said with a why, tried again only where that helps, on the display too.
    events(scenario.work / "room.ics", [("Budget", url(1234, "1111"), 2), ("On Zoom", "https://zoom.us/j/123456789", 3600)])
    calendar = {"type": "ics", "url": f"file://{scenario.work}/room.ics"}
    await asyncio.to_thread(room.stop)
    other, control = await scenario.room("scheduled", calendars=[calendar])

    def event(title):
        return next((one for one in control.get("schedule.events") or [] if one["title"] == title), {})

    try:
        await control.until(lambda: event("Budget").get("state") == "missed", 20, "the event with the wrong PIN is missed")
    except TimeoutError:
        pass
    why = event("Budget").get("why") or {}
    report.check("scheduled with a wrong PIN: why", event("Budget").get("state") == "missed", f"{event('Budget').get('state')}, {why}")
    why = event("On Zoom").get("why") or {}
    report.check("on Zoom: shown as such", event("On Zoom").get("state") == "unsupported" and "Zoom" in why.get("text", ""), str(why))
    (await picture.take(control)).save(scenario.out / "9-scheduled-wrong-pin.png")


if __name__ == "__main__":
    main(5, "what keeps the room out", play)
