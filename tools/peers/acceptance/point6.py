"""Malformed lines at the socket, a client that never reads, a malformed .ics, a malformed configuration: clear errors, nothing
dies, the call goes on."""

import asyncio
import json
import socket
import subprocess
import time

import picture
from acceptance.point5 import events
from acceptance.scenario import main, pause, url
from control import Refused
from room import ROOMD

PARSE, REQUEST, METHOD, PARAMETERS = -32700, -32600, -32601, -32602


async def exchange(path, data, answers=1, timeout=5):
    """Sends bytes on a connection of its own; returns the lines that came, and whether the daemon then closed it."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=16 << 20)
    writer.write(data)
    lines, closed = [], False
    try:
        while len(lines) < answers:
            line = await asyncio.wait_for(reader.readline(), timeout)
            if not line:
                closed = True
                break
            lines.append(json.loads(line))
    except (asyncio.TimeoutError, ConnectionError, ValueError):
        pass
    if not closed:
        try:
            # Still open when it answers once more.
            writer.write(b'{"jsonrpc":"2.0","id":"open?","method":"system.info"}\n')
            while line := await asyncio.wait_for(reader.readline(), timeout):
                if json.loads(line).get("id") == "open?":
                    break
            closed = not line
        except (asyncio.TimeoutError, ConnectionError, ValueError):
            closed = True
    writer.close()
    return lines, closed


async def malformed_lines(scenario, room):
    report = scenario.report
    ask = '{"jsonrpc":"2.0","id":1,"method":'
    cases = [
        ("not JSON", b"hello\n", PARSE),
        ("half an object", b'{"jsonrpc":"2.0","id":1\n', PARSE),
        ("not UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}\n', PARSE),
        ("deep nesting", b"[" * 100_000 + b"\n", PARSE),
        ("a number", b"42\n", REQUEST),
        ("an empty batch", b"[]\n", REQUEST),
        ("no version", b'{"id":1,"method":"system.info"}\n', REQUEST),
        ("method is a number", (ask + "7}\n").encode(), REQUEST),
        ("unknown method", (ask + '"meeting.jion"}\n').encode(), METHOD),
        ("parameter missing", (ask + '"microphone.set","params":{}}\n').encode(), PARAMETERS),
        ("parameter of a wrong type", (ask + '"microphone.set","params":{"enabled":"yes"}}\n').encode(), PARAMETERS),
        ("unknown path", (ask + '"state.get","params":{"path":"meeting.colour"}}\n').encode(), PARAMETERS),
        ("volume out of range", (ask + '"speaker.set","params":{"volume":1e300}}\n').encode(), PARAMETERS),
    ]
    for what, data, code in cases:
        lines, closed = await exchange(room.socket, data)
        error = lines[0].get("error", {}) if lines and isinstance(lines[0], dict) else {}
        text = f"{error.get('code')} “{error.get('message')}”{', connection closed' if closed else ''}"
        report.check(f"{what}: error {code}, connection stays", error.get("code") == code and not closed, text)
    batch = b'[{"jsonrpc":"2.0","id":1,"method":"system.info"},3,{"jsonrpc":"2.0","method":"system.info"},{"jsonrpc":"2.0","id":2,"method":"x"}]\n'
    lines, closed = await exchange(room.socket, batch)
    answers = lines[0] if lines and isinstance(lines[0], list) else []
    codes = sorted(str(answer.get("error", {}).get("code", "result")) for answer in answers)
    report.check("a mixed batch: each its answer", codes == ["-32600", "-32601", "result"] and not closed, str(codes))
    lines, closed = await exchange(room.socket, b'{"jsonrpc":"2.0","id":1,"method":"' + b"x" * (1 << 20) + b'"}\n')
    error = lines[0].get("error", {}) if lines else {}
    report.check("a line beyond 1 MiB: error, then closed", bool(error) and closed, str(error))
    lines, closed = await exchange(room.socket, b'{"jsonrpc":"2.0","id":1,"method":"system.info"}\r\n')
    report.check("CRLF does no harm", bool(lines) and "result" in lines[0], str(lines)[:80])


async def never_reading(scenario, room, control):
    """Asks for much and takes nothing; meanwhile others are served at once."""
    report = scenario.report
    deaf = socket.socket(socket.AF_UNIX)
    deaf.connect(str(room.socket))
    deaf.setblocking(False)
    request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'
    deaf.send(b'{"jsonrpc":"2.0","id":0,"method":"state.subscribe","params":{}}\n')
    await control.call("levels.report", {"interval": 100})
    slowest, dropped, sent = 0.0, None, 0
    begun = time.monotonic()
    while time.monotonic() - begun < 15 and dropped is None:
        try:
            for _ in range(20):
                deaf.send(request)
                sent += 1
        except BlockingIOError:
            pass
        except OSError:
            dropped = time.monotonic() - begun
        asked = time.monotonic()
        await control.call("state.get", {"path": "meeting.state"})
        slowest = max(slowest, time.monotonic() - asked)
        await asyncio.sleep(0.01)
    deaf.close()
    report.check("a client that never reads loses its connection", dropped is not None, f"after {sent} requests" + (f", {dropped:.1f} s" if dropped else ""))
    report.check("the others are answered meanwhile", slowest <= 0.5, f"at most {1000 * slowest:.0f} ms", "≤ 500 ms")
    crowd, refused = [], None
    for _ in range(300):
        one = socket.socket(socket.AF_UNIX)
        # Blocks while the daemon's backlog is full, as any client does.
        await asyncio.to_thread(one.connect, str(room.socket))
        crowd.append(one)
    await pause(0.5)
    for one in reversed(crowd):
        one.setblocking(False)
        try:
            data = one.recv(65536)
        except BlockingIOError:
            continue
        if data:
            refused = json.loads(data.splitlines()[0])
            break
    reason = ((refused or {}).get("error") or {}).get("data", {}).get("reason")
    report.check("the 257th client is told why", reason == "limit_exceeded", str(refused)[:160])
    for one in crowd:
        one.close()
    await pause(0.5)
    lines, closed = await exchange(room.socket, b'{"jsonrpc":"2.0","id":1,"method":"system.info"}\n')
    report.check("after they are gone newcomers are served", bool(lines) and "result" in lines[0] and not closed)


async def malformed_calendar(scenario, control, path):
    report = scenario.report
    good = path.read_bytes()
    before = len(control.get("schedule.events") or [])
    bad = {
        "no calendar at all": b"<html>Please log in</html>\n",
        "binary": bytes(range(256)) * 64,
        "cut in the middle": good[: len(good) // 2],
        "an event without a start": good.replace(b"DTSTART", b"X-START"),
        "a year that does not exist": good.replace(b"DTSTART:2", b"DTSTART:9999999"),
        "a start that is no date": good.replace(b"DTSTART:2", b"DTSTART:soon2"),
        "endless recurrence": good.replace(b"END:VEVENT", b"RRULE:FREQ=SECONDLY\r\nEND:VEVENT"),
        "empty": b"",
    }
    for what, data in bad.items():
        path.write_bytes(data)
        asked = time.monotonic()
        try:
            await control.call("schedule.refresh", {}, timeout=10)
            answer = "read"
        except Refused as refusal:
            answer = f"{refusal.reason} “{refusal.text}”"
        took = time.monotonic() - asked
        await pause(0.2)
        problems = [problem["code"] for problem in control.get("health.problems") or []]
        state = control.get("schedule.state")
        kept = len(control.get("schedule.events") or [])
        is_told = state in ("stale", "failed") and "calendar.unreadable" in problems
        text = f"{answer} after {took:.2f} s; schedule {state}, {kept} events, problems {problems}"
        report.check(f".ics, {what}: told, and quick", took <= 5 and (is_told or what == "endless recurrence"), text)
    path.write_bytes(good)
    await control.call("schedule.refresh", {}, timeout=10)
    await pause(0.2)
    report.check("a good .ics again: all well", control.get("schedule.state") == "ok" and len(control.get("schedule.events")) == before)


def malformed_configuration(scenario, room):
    report = scenario.report
    good = room.configuration.read_text()
    cases = [
        ("not TOML", good + "\n[room\n", None),
        ("unknown key", good.replace("timezone", "timezome"), "timezone"),
        ("unknown section", good + "\n[devcies]\nmode = 1\n", "devices"),
        ("wrong type", good.replace('countdown = "3s"', "countdown = 3"), "countdown"),
        ("no duration", good.replace('countdown = "3s"', 'countdown = "soon"'), "countdown"),
        ("unknown time zone", good.replace("Europe/Berlin", "Europe/Atlantis"), "Atlantis"),
        ("out of range", good + "\n[video]\nframe_rate = 500\n", "frame_rate"),
        ("unknown device", good.replace("pattern:1280x720@30", "pattern:huge"), "pattern"),
    ]
    path = scenario.work / "bad.toml"
    for what, text, word in cases:
        path.write_text(text)
        done = subprocess.run([ROOMD, "--check-config", str(path)], capture_output=True, text=True, timeout=20)
        said = (done.stdout + done.stderr).strip()
        has_line = any(part.isdigit() for part in said.replace(":", " ").split())
        is_good = done.returncode == 1 and has_line and (word is None or word in said)
        report.check(f"--check-config, {what}: line and reason", is_good, f"{done.returncode}, {said[:200]}")
    done = subprocess.run([ROOMD, "--check-config", str(room.configuration)], capture_output=True, text=True, timeout=20)
    report.check("--check-config, good: ok", done.returncode == 0 and done.stdout.strip() == "ok", done.stdout + done.stderr)
    path.write_text(good + "\n[room\n")
    done = subprocess.run([ROOMD, "--config", str(path)], capture_output=True, text=True, timeout=20)
    said = (done.stdout + done.stderr).strip()
    report.check("--config with a broken file: ends with a reason", done.returncode not in (0, None) and done.returncode > 0 and said, f"{done.returncode}, {said[-200:]}")
    done = subprocess.run([ROOMD, "--config", "/nowhere.toml"], capture_output=True, text=True, timeout=20)
    said = (done.stdout + done.stderr).strip()
    report.check("--config without a file: ends with a reason", done.returncode > 0 and "/nowhere.toml" in said, f"{done.returncode}, {said[-200:]}")


async def lenient_start(scenario, room):
    """An unknown key at run time is a warning and a health problem, so that no room goes dark over it."""
    text = room.configuration.read_text().replace(str(room.folder), str(scenario.work / "lenient"))
    other, control = None, None
    from room import Room

    other = Room(scenario.work / "lenient")
    other.log = scenario.out / "lenient.log"
    other.configuration.write_text(text.replace("[room]", "[room]\ncolour = \"blue\""))
    scenario.rooms.append(other)
    other.start()
    control = await scenario.control(other)
    await pause(0.3)
    problems = control.get("health.problems") or []
    is_told = any("colour" in problem["text"] for problem in problems)
    scenario.report.check("an unknown key at run time: a health problem, and it runs", is_told, str(problems))
    await asyncio.to_thread(other.stop)


async def play(scenario):
    report = scenario.report
    scenario.janus({"id": 1234, "pin": "4711"})
    path = scenario.work / "room.ics"
    events(path, [("Later", url(1234, "4711"), 7200), ("Tomorrow", url(1234, "4711"), 86400)])
    guest = await scenario.guest("guest", 1234, pin="4711", video="code:320x180@10")
    room, control = await scenario.room(calendars=[{"type": "ics", "url": f"file://{path}"}])
    await control.call("meeting.join", {"url": url(1234, "4711"), "microphone": True})
    await guest.event("first-frame", 10)
    await pause(1)
    begun = time.monotonic()
    await malformed_lines(scenario, room)
    await never_reading(scenario, room, control)
    await malformed_calendar(scenario, control, path)
    await asyncio.to_thread(malformed_configuration, scenario, room)
    ended = time.monotonic()
    report.check("roomd runs", room.is_running)
    report.check("the room is still in the meeting", control.get("meeting.state") == "joined", str(control.get("meeting.state")))
    snapshot = await picture.take(control)
    snapshot.save(scenario.out / "after.png")
    code = snapshot.time_code(snapshot.whole)
    age = snapshot.instant - code / 1000 if code is not None else None
    report.check("the display still moves", age is not None and age < 1, f"the guest's picture is {age:.2f} s old" if age else "no code")
    results = await guest.leave()
    feed = next(feed for feed in results["feeds"] if feed["name"] == "Boardroom")
    frames = [code[0] for code in feed["codes"] if begun <= code[0] <= ended]
    gap = max((b - a for a, b in zip(frames, frames[1:])), default=99)
    rate = len(frames) / (ended - begun)
    report.check("meanwhile the guest saw the room without a stand-still", gap <= 1.0, f"longest gap {1000 * gap:.0f} ms at {rate:.1f} frames/s", "≤ 1 s")
    sound = [arrival for arrival, _ in feed["network"]["audio"] if begun <= arrival <= ended]
    gap = max((b - a for a, b in zip(sound, sound[1:])), default=99)
    report.check("and heard it", gap <= 0.5, f"longest gap between packets {1000 * gap:.0f} ms", "≤ 500 ms")
    await control.call("meeting.leave")
    await lenient_start(scenario, room)


if __name__ == "__main__":
    main(6, "what others do wrong", play)
