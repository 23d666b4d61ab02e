"""The room gets another address in a call: media both ways again within 3 s, by new sockets."""

import argparse
import asyncio
import time

from faults.wired import RoomInNetwork
from faults.world import OVERDUE, SESSION_TIMEOUT, quantiles, run, text

LIMIT = 3.0
PATIENCE = 60.0


async def one(world, number):
    control, room = world.client, world.room
    before, position = world.furniture(), world.position
    began = time.monotonic()
    room.move(f"10.77.0.{10 + number % 200}")
    moved = time.monotonic()
    media = await world.flowing(moved, PATIENCE)
    back = {what: instant and instant - moved for what, instant in media.items()}
    worst = None if None in back.values() else max(back.values())
    await asyncio.sleep(3)
    end = time.monotonic() + SESSION_TIMEOUT + OVERDUE
    while len(world.census.present) > 1 and time.monotonic() < end:
        await asyncio.sleep(0.25)
    most, long = world.census.duplicates(began)
    states = [(instant - began, state) for instant, state in world.states(began)]
    figures = {
        "number": number, "back": back, "all": worst, "states": states, "rooms": most, "duplicateSeconds": long,
        "moved": world.moved(before), "state": control.get("meeting.state"),
    }
    flows = ", ".join(f"{what} {text(value)}" for what, value in back.items())
    story = ", ".join(f"{state} after {after:.2f}" for after, state in states) or "joined throughout"
    good = world.report.check(f"move {number}: media within {LIMIT:.0f} s", worst is not None and worst <= LIMIT, f"{text(worst)} ({flows}); {story}")
    good &= world.report.check(f"move {number}: no duplicate longer than Janus's time-out", long <= SESSION_TIMEOUT + OVERDUE, f"{long:.1f} s, at most {most} rooms")
    good &= world.report.check(f"move {number}: devices and layout untouched", not figures["moved"], str(figures["moved"] or ""))
    if not good:
        print(world.excerpt(position), flush=True)
    world.watch.forget(time.monotonic() - 2)
    world.census.counts = world.census.counts[-4:]
    return figures


async def play(world, times):
    await world.begin(RoomInNetwork)
    rows = []
    for number in range(1, times + 1):
        rows.append(await one(world, number))
        world.keep(rows)
        if None in (await world.flowing(time.monotonic(), 60)).values():
            raise TimeoutError(f"no media a minute after move {number}")
        await asyncio.sleep(2)
    world.report.note(f"all flows back: {quantiles([row['all'] for row in rows if row['all'] is not None])}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults address")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    run("address", f"{options.times} new addresses", None, lambda world: play(world, options.times))
