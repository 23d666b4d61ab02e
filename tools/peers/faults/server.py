"""Janus is killed in a call and started again: the room must be back within 5 s of its listening, with sound and picture both ways."""

import argparse
import asyncio
import time

import janus
from acceptance.scenario import ADDRESS
from faults.world import quantiles, run, text

LIMIT = 5.0
PATIENCE = 40.0  # how long a return is waited for when it has missed its limit


async def outage(world, seconds):
    """Returns when Janus listened again, and how long it really was away."""
    world.server.kill()
    world.server.wait()
    killed = time.monotonic()
    await asyncio.sleep(seconds)
    folder = world.work / "janus"
    world.server = await asyncio.to_thread(janus.start, folder, world.out / "janus.log", ADDRESS)
    listens = time.monotonic()
    return killed, listens


async def one(world, number, seconds):
    control, watch = world.client, world.watch
    before, position = world.furniture(), world.position
    killed, listens = await outage(world, seconds)
    media = await world.flowing(listens, PATIENCE)
    states = world.states(killed)
    joined = next((instant for instant, state in states if state == "joined"), None)
    said = next((instant for instant, state in states if state == "reconnecting"), None)
    instants = dict(media, joined=joined, sends=watch.sent(max(listens, joined or listens)))
    # A picture decoded in the moment of the kill is no return; nothing can come back before somebody listens.
    back = {what: instant and max(0.0, instant - listens) for what, instant in instants.items()}
    worst = None if None in back.values() else max(back.values())
    far = world.far.first("published", killed)
    await asyncio.sleep(1)
    most, long = world.census.duplicates(listens)
    figures = {
        "number": number, "away": listens - killed, "back": back, "all": worst, "noticed": said and said - killed,
        "far": far and far[0] - listens, "rooms": most, "duplicateSeconds": long, "now": len(world.census.present),
        "state": control.get("meeting.state"), "moved": world.moved(before),
    }
    is_good = worst is not None and worst <= LIMIT and most <= 1 and figures["state"] == "joined" and not figures["moved"]
    figures["good"] = is_good
    if not is_good:
        flows = ", ".join(f"{what} {text(value)}" for what, value in back.items())
        world.report.note(
            f"number {number}, away {figures['away']:.2f} s: {flows}; the far end was back after {text(figures['far'])}; rooms in the meeting: {most};"
            f" changed of devices and layout: {figures['moved'] or 'nothing'}\n{world.excerpt(position)}"
        )
    watch.forget(time.monotonic() - 1)
    world.census.counts = world.census.counts[-4:]
    world.far.arrivals.clear()
    return figures


async def play(world, times, away):
    await world.begin()
    rows = []
    for number in range(1, times + 1):
        rows.append(await one(world, number, world.random.uniform(*away)))
        world.keep(rows)
        if number % 10 == 0:
            back = [row["all"] for row in rows if row["all"] is not None]
            world.report.note(f"{number} of {times}: {sum(row['good'] for row in rows)} good; {quantiles(back)}")
    for what in ("joined", "sends", "far sees", "far hears", "room sees", "room hears"):
        values = [row["back"][what] for row in rows if row["back"][what] is not None]
        world.report.note(f"{what:<10} {quantiles(values)}" + (f", never {len(rows) - len(values)}" if len(values) < len(rows) else ""))
    world.report.note(f"{'noticed':<10} {quantiles([row['noticed'] for row in rows if row['noticed'] is not None])} after the kill")
    world.report.note(f"{'far end':<10} {quantiles([row['far'] for row in rows if row['far'] is not None])} (its own return)")
    back = [row["all"] for row in rows if row["all"] is not None]
    in_time = sum(value <= LIMIT for value in back)
    world.report.check(f"back within {LIMIT:.0f} s, {times} times", in_time == times, f"{in_time} of {times}; {quantiles(back)}")
    world.report.check("one room in the meeting, never two", all(row["rooms"] <= 1 for row in rows), f"at most {max(row['rooms'] for row in rows)}")
    world.report.check("the state said so", all(row["noticed"] is not None for row in rows))
    world.report.check("devices and layout untouched", not any(row["moved"] for row in rows), str(next((row["moved"] for row in rows if row["moved"]), "")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults server")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--away", type=float, nargs=2, default=(0.2, 3.0), help="the shortest and longest outage in seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run("server", f"kill -9 Janus and start it again, {options.times} times", options.seed, lambda world: play(world, options.times, options.away))
