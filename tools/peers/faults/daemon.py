"""roomd is killed in a meeting of its calendar and started again, as systemd does: it must be back in the meeting by itself within 3 s, as one participant."""

import argparse
import asyncio
import time

from faults.watchers import Watch
from faults.world import quantiles, run, text

LIMIT = 3.0
PATIENCE = 30.0  # how long a return is waited for when it has missed its limit
RESTART = 0.5  # RestartSec of systemd/roomd.service


async def restart(world):
    """Kills roomd and starts it; returns when it was killed and when it was started."""
    world.watchers.remove(world.watch.task)
    world.watch.task.cancel()
    world.room.process.kill()
    world.room.process.wait()
    killed = time.monotonic()
    await asyncio.sleep(RESTART)
    world.room.start()
    started = time.monotonic()
    world.client = await world.control(world.room)
    world.watch = Watch(await world.quiet_control(world.room))
    world.watchers.append(world.watch.task)
    return killed, started


async def one(world, number):
    former, position = set(world.census.present), world.position
    killed, started = await restart(world)
    media = await world.flowing(started, PATIENCE)
    back = {what: instant and instant - killed for what, instant in media.items()}
    worst = None if None in back.values() else max(back.values())
    await asyncio.sleep(1)
    most, _ = world.census.duplicates(killed)
    comers = {one for instant, ours in world.census.counts if instant > killed for one in ours} - former
    figures = {
        "number": number, "back": back, "all": worst, "rooms": most, "comers": len(comers), "now": len(world.census.present),
        "state": world.client.get("meeting.state"),
    }
    is_good = worst is not None and worst <= LIMIT and most <= 1 and len(comers) == 1 and figures["state"] == "joined"
    figures["good"] = is_good
    if not is_good:
        flows = ", ".join(f"{what} {text(value)}" for what, value in back.items())
        world.report.note(f"number {number}: {flows}; rooms at a time: {most}, that came: {len(comers)}\n{world.excerpt(position)}")
    world.census.counts = world.census.counts[-4:]
    world.far.arrivals.clear()
    return figures


async def play(world, times):
    await world.begin(scheduled=True)
    rows = []
    for number in range(1, times + 1):
        rows.append(await one(world, number))
        world.keep(rows)
    for what in ("far sees", "far hears", "room sees", "room hears"):
        values = [row["back"][what] for row in rows if row["back"][what] is not None]
        world.report.note(f"{what:<10} {quantiles(values)}" + (f", never {len(rows) - len(values)}" if len(values) < len(rows) else ""))
    back = [row["all"] for row in rows if row["all"] is not None]
    in_time = sum(value <= LIMIT for value in back)
    world.report.check(f"back within {LIMIT:.0f} s of the kill, {times} times", in_time == times, f"{in_time} of {times}; {quantiles(back)}")
    world.report.check("the others see one leave and one come", all(row["rooms"] <= 1 and row["comers"] == 1 for row in rows))
    world.report.check("and it stays", all(row["state"] == "joined" for row in rows))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults daemon")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    run("daemon", f"kill -9 roomd and start it again, {options.times} times", None, lambda world: play(world, options.times))
