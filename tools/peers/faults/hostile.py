"""A Janus that means harm: every behaviour of hostile_janus.py meets a room that joins it. The room must say clearly what is wrong, or go on;
stay small, answer its clients, leave when told to, and then join a good Janus as if nothing had been."""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
import unicodedata

from acceptance.scenario import ADDRESS, SERVICE, WEBSOCKET, url
from control import Refused
from faults.watchers import NUMBER
from faults.world import DEVICES, VIDEO, run
from hostile_janus import BEHAVIOURS
from room import PROJECT, Room

PORT = 8190
# A join is given up after 20 s.
PATIENCE = 26.0
# How long a joined room is left to what comes.
STAY = 8.0
# More than a call ever has beside; a message may be 16 MB, and is then twice there.
PEAK = 96
# What may stay when all is over: a crowd of 500 leaves its mark on the heap, but only the first does.
REST = 48
SLOPE = 8
LONGEST_SENTENCE = 600

# What the room must say where it cannot join: the reason, and a word of what happened. Behaviours that are not here must be borne with.
SAYS = {
    "mute": ("unreachable", "no connection"), "webpage": ("rejected_by_service", "200"), "endless-head": ("unreachable", "header"),
    "silence": ("timeout", "did not answer"), "acks": ("timeout", "did not answer"), "garbage": ("rejected_by_service", "texts were expected"),
    "create-wrong-types": ("rejected_by_service", "session id"), "no-fields": ("rejected_by_service", "handle id"),
    "novel": ("meeting_not_found", "no such meeting"), "enormous-message": ("rejected_by_service", "over the limit"),
    "endless-message": ("rejected_by_service", "1048576"), "endless-small-talk": ("rejected_by_service", "waiting to be read"),
    "enormous-answer": ("rejected_by_service", "over the limit"), "many-candidates": ("rejected_by_service", "at most 512"),
    "broken-answer": ("rejected_by_service", "description cannot be used"), "wrong-fingerprint": ("unreachable", "in between"),
}


class Memory:
    """Of one process, in MiB."""

    def __init__(self, process):
        self.folder = f"/proc/{process}"

    def _field(self, name):
        with open(f"{self.folder}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))

    @property
    def now(self):
        return self._field("VmRSS")

    @property
    def peak(self):
        """Since the last `forget`."""
        return self._field("VmHWM")

    def forget(self):
        with open(f"{self.folder}/clear_refs", "w") as file:
            file.write("5")


@contextlib.contextmanager
def hostile(world, behaviour, seed):
    server = subprocess.Popen(
        [sys.executable, "-B", str(PROJECT / "tools/peers/hostile_janus.py"), behaviour, "--address", ADDRESS, "--port", str(PORT),
         "--upstream", WEBSOCKET, "--seed", str(seed)],
        stdout=subprocess.PIPE, stderr=open(world.out / "hostile.log", "ab"),
    )
    try:
        if server.stdout.readline() != b"listening\n":
            raise RuntimeError(f"{behaviour} does not listen; its log is {world.out}/hostile.log")
        yield server
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def is_clear(text):
    """One sentence or two that a display can show: bounded, and nothing in it that moves a cursor."""
    return 20 <= len(text) <= LONGEST_SENTENCE and not any(unicodedata.category(letter) in ("Cc", "Cf") for letter in text)


async def slowest_answer(world, seconds):
    """Asks for the state again and again; the longest wait."""
    end, worst = time.monotonic() + seconds, 0.0
    while time.monotonic() < end:
        asked = time.monotonic()
        await world.quick.call("state.get", timeout=20)
        worst = max(worst, time.monotonic() - asked)
        await asyncio.sleep(0.1)
    return worst


async def leave(world):
    """Returns how long it took until there was no meeting; None: longer than 15 s."""
    asked = time.monotonic()
    with contextlib.suppress(Refused):
        await world.client.call("meeting.leave", timeout=15)
    try:
        return await world.client.until(lambda: world.client.get("meeting") is None, 15, "no meeting") - asked
    except TimeoutError:
        return None


async def good(world):
    """Joins the true Janus and leaves again. Returns the seconds until a picture of the far end was decoded, or None."""
    asked = time.monotonic()
    await world.client.call("meeting.join", {"url": url(NUMBER)}, timeout=25)

    async def pictures():
        flows = (await world.client.call("statistics.get"))["inbound"]
        return sum(flow.get("frames", 0) for flow in flows if flow["kind"] == "video")

    while not await pictures():
        if time.monotonic() - asked > 10:
            return None
        await asyncio.sleep(0.05)
    took = time.monotonic() - asked
    await leave(world)
    return took


async def one(world, behaviour, seed):
    report, memory = world.report, world.memory
    before = memory.now
    memory.forget()
    with hostile(world, behaviour, seed):
        asked = time.monotonic()
        join = asyncio.create_task(world.client.call("meeting.join", {"url": url(NUMBER, port=PORT)}, timeout=PATIENCE + 5))
        ended = []
        join.add_done_callback(lambda _: ended.append(time.monotonic()))
        worst = 0.0
        while not join.done():
            worst = max(worst, await slowest_answer(world, 0.3))
        refusal = None
        try:
            await join
        except Refused as problem:
            refusal = problem
        took = ended[0] - asked
        if refusal:
            said = f"{refusal.reason} after {took:.2f} s, “{refusal.text[:300]}”"
            reason, word = SAYS.get(behaviour, ("none", "none"))
            is_right = refusal.reason == reason and word in refusal.text and is_clear(refusal.text) and took <= PATIENCE
            report.check(f"{behaviour}: says what is wrong", is_right, said, f"{reason} with “{word}”, within {PATIENCE:.0f} s")
        else:
            joined = time.monotonic()
            report.check(f"{behaviour}: borne with", behaviour not in SAYS, f"joined after {took:.1f} s", "an error")
            worst = max(worst, await slowest_answer(world, STAY))
            states = [state for _, state in world.states(joined)]
            report.note(f"{behaviour}: in {STAY:.0f} s {states.count('reconnecting')} times on the way back, at last {world.client.get('meeting.state')}")
            report.check(f"{behaviour}: the room has not given up", world.client.get("meeting") is not None)
        peak = memory.peak
        left = await leave(world)
    report.check(f"{behaviour}: other clients are answered", worst <= 1, f"{1000 * worst:.0f} ms", "≤ 1 s")
    report.check(f"{behaviour}: it leaves when told to", left is not None and left <= 6, "never" if left is None else f"{left:.1f} s", "≤ 6 s")
    report.check(f"{behaviour}: memory is bounded", peak - before <= PEAK, f"{before:.0f} MiB before, {peak:.0f} at most", f"{PEAK} more")
    try:
        back = await good(world)
    except Refused as problem:
        report.check(f"{behaviour}: then a good Janus is joined", False, str(problem))
        return
    report.check(f"{behaviour}: then a good Janus is joined", back is not None and back <= 3, "no picture" if back is None else f"picture after {back:.2f} s")


async def play(world, behaviours, times, seed):
    world.janus({"id": NUMBER})
    await world.guest("Far", NUMBER, video="code:320x180@15")
    room = Room(world.work / "room", services=[SERVICE], devices=DEVICES, video=VIDEO)
    room.log = world.out / "room.log"
    world.rooms.append(room)
    room.start()
    world.client = await world.control(room)
    world.quick = await world.quiet_control(room)
    world.memory = Memory(room.process.pid)
    # What the first calls take, every call has.
    for _ in range(3):
        await good(world)
    levels = [world.memory.now]
    for _ in range(times):
        for behaviour in behaviours:
            await one(world, behaviour, seed)
            if not room.is_running:
                raise RuntimeError(f"roomd has ended with {behaviour}")
        levels.append(world.memory.now)
    stays = ", ".join(f"{level:.0f}" for level in levels)
    world.report.check("what stays when all is over", levels[1] - levels[0] <= REST, f"{stays} MiB", f"{REST} more")
    if times > 1:
        growth = (levels[-1] - levels[1]) / (times - 1)
        world.report.check("and does not grow with each round", growth <= SLOPE, f"{growth:.1f} MiB a round", f"≤ {SLOPE}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults hostile")
    parser.add_argument("--behaviour", action="append", choices=sorted(BEHAVIOURS), help="all when none is named")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, default=1)
    options = parser.parse_args()
    behaviours = options.behaviour or list(BEHAVIOURS)
    run("hostile", f"a Janus that means harm, {len(BEHAVIOURS)} ways", options.seed, lambda world: play(world, behaviours, options.times, options.seed))
