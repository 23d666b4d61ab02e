"""Four guests: grid, then speaker view that follows the voice within 1 s and does not flap; a leaving guest closes the gap;
names right in three scripts; and on SIGTERM the others see the room leave within 2 s."""

import asyncio
import time

import numpy

import clips
import picture
from acceptance.scenario import main, until, url

NAMES = ["会议室 北京", "قاعة الاجتماعات", "Ångström", "Zoë Müller"]
FOLLOW = 1.0
LOUD = 500  # root mean square of 20 ms that count as voice


class Voice:
    """Knows when a guest's looped speech is really heard: its position is CLOCK_MONOTONIC modulo its length."""

    def __init__(self, path):
        blocks = clips.read_wav(path).reshape(-1, 960).astype(float)
        self.voiced = numpy.sqrt((blocks**2).mean(axis=1)) > LOUD

    def onset(self, instant):
        """The first instant from then on at which there is voice."""
        block = int(instant / 0.02)
        while not self.voiced[block % len(self.voiced)]:
            block += 1
        return max(instant, block * 0.02)

    def run(self, instant, seconds, ahead=8.0):
        """The first instant from then on at which there is voice for so long without a pause."""
        count = int(seconds / 0.02)
        for block in range(int(instant / 0.02) + 1, int((instant + ahead) / 0.02)):
            if all(self.voiced[(block + step) % len(self.voiced)] for step in range(count)):
                return block * 0.02
        return instant


class Stage:
    """Watches the large tile of the speaker view: (instant, who)."""

    def __init__(self, control):
        self.control = control
        self.seen = []
        self.task = asyncio.create_task(self._watch())

    async def _watch(self):
        tile = picture.stage()
        while True:
            snapshot = await picture.take(self.control, 640)
            self.seen.append((snapshot.instant, snapshot.who(tile, NAMES)))
            await asyncio.sleep(0.03)

    def since(self, instant):
        return [who for seen, who in self.seen if seen >= instant and who is not None]

    async def shows(self, name, since, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.task.done():
                self.task.result()
            for instant, who in self.seen:
                if instant >= since and who == name:
                    return instant
            await asyncio.sleep(0.02)
        return None


async def play(scenario):
    report = scenario.report
    scenario.janus({"id": 1234, "pin": "4711"})
    speech = scenario.speech()
    voice = Voice(speech)
    guests = {}
    for name in NAMES:
        guests[name] = await scenario.guest(
            name, 1234, pin="4711", video="code:320x180@10", audio=speech, speaking="no", subscribe="no"
        )
    room, control = await scenario.room(devices={"speaker": f"file:{scenario.out}/heard.wav"})
    await control.call("layout.set", {"mode": "grid", "selfview": False})
    await control.call("meeting.join", {"url": url(1234, "4711"), "microphone": False})
    watcher = await scenario.guest("watcher", 1234, pin="4711", video="none", audio="none", wait="joined")
    await control.until(lambda: len(control.get("meeting.participants") or {}) >= 6, 5, "everybody in the roster")
    names = {data["name"] for data in (await control.call("participants.list"))["participants"].values()}
    report.check("names in three scripts in the roster", set(NAMES) <= names, ", ".join(sorted(names)))
    await watcher.leave()

    # Grid.
    tiles = picture.grid(4)
    seats = []

    async def all_shown():
        snapshot = await picture.take(control)
        seats[:] = [snapshot.who(tile, NAMES) for tile in tiles]
        return set(seats) == set(NAMES)

    shown = await until(all_shown, 5)
    snapshot = await picture.take(control)
    snapshot.save(scenario.out / "1-grid-of-four.png")
    report.check("grid shows all four, each in a tile of its own", shown is not None, ", ".join(map(str, seats)))

    # Speaker view.
    await control.call("layout.set", {"mode": "speaker"})
    stage = Stage(control)
    await asyncio.sleep(1)
    current = None
    for name in [NAMES[2], NAMES[0], NAMES[3], NAMES[1]]:
        asked = time.monotonic()
        if current:
            await guests[current].tell(do="speak", on=False)
        await guests[name].tell(do="speak", on=True)
        heard = voice.onset(asked)
        shown = await stage.shows(name, asked, 4)
        took = f"{shown - heard:.2f} s after the voice began" if shown else "never"
        report.check(f"speaker view follows to {name}", shown is not None and shown - heard <= FOLLOW, took, f"≤ {FOLLOW} s")
        (await picture.take(control)).save(scenario.out / f"2-speaker-{NAMES.index(name)}.png")
        await asyncio.sleep(3)
        if shown:
            others = {who for who in stage.since(shown)} - {name}
            report.check(f"stays with {name} through the pauses of speech", not others, ", ".join(others) or "3 s")
        current = name
    # Somebody else coughs: a quarter of a second of voice is not a change of speaker.
    other = NAMES[0]
    begin = voice.run(time.monotonic() + 0.2, 0.25)
    await asyncio.sleep(max(0, begin - time.monotonic()))
    await guests[other].tell(do="speak", on=True)
    await asyncio.sleep(0.25)
    await guests[other].tell(do="speak", on=False)
    await asyncio.sleep(2.5)
    flaps = set(stage.since(begin)) - {current}
    report.check("a cough of 0.25 s does not change the picture", not flaps, ", ".join(flaps) or f"{current} stays")
    await guests[current].tell(do="speak", on=False)
    await asyncio.sleep(3)
    flaps = set(stage.since(begin)) - {current}
    report.check("when all are silent the last speaker stays", not flaps, ", ".join(flaps) or f"{current} stays")
    stage.task.cancel()
    active = [data["participant"] for _, name, data in control.events if name == "speaker.active" and data.get("participant")]
    report.check("speaker.active once per change", len(active) == 4, f"{len(active)} events", "4")

    # Somebody leaves.
    await control.call("layout.set", {"mode": "grid"})
    await until(all_shown, 3)
    leaver = seats[1] or NAMES[0]
    left = time.monotonic()
    await guests[leaver].leave()
    remaining = set(NAMES) - {leaver}
    tiles = picture.grid(3)

    async def gap_closed():
        snapshot = await picture.take(control)
        seats[:] = [snapshot.who(tile, NAMES) for tile in tiles]
        return set(seats) == remaining

    closed = await until(gap_closed, 5)
    (await picture.take(control)).save(scenario.out / "3-grid-of-three.png")
    took = f"{closed - left:.2f} s, now {', '.join(map(str, seats))}" if closed else f"not: {seats}"
    report.check("a leaving guest closes the gap", closed is not None and closed - left <= 2, took, "≤ 2 s")
    event = control.first("participant.left", left)
    report.check("participant.left tells who and why", event and event[1]["reason"] == "left", str(event and event[1]))

    # The end.
    asked = time.monotonic()
    status, took = await asyncio.to_thread(room.stop)
    report.check("SIGTERM ends roomd", status == 0 and took <= 5, f"status {status} after {took:.2f} s")
    for name in remaining:
        try:
            seen, _ = await guests[name].event("leaving", 5, asked)
            report.check(f"{name} sees the room leave", seen - asked <= 2, f"{seen - asked:.2f} s after SIGTERM", "≤ 2 s")
        except TimeoutError as problem:
            report.check(f"{name} sees the room leave", False, str(problem))


if __name__ == "__main__":
    main(3, "four guests on the display", play)
