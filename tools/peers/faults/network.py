"""The network is cut in a call and comes back: media both ways within 1 s after short cuts and 3 s after long ones.

In two ways: the cable is pulled, which the room's kernel notices, and every packet is swallowed in silence, which nobody notices.

The far end is on Chrome's engine. aiortc, with --engine aiortc, tells more, but decodes no picture behind one that is missing before 512
packets have come (its jitter buffer), so that it sees the room again up to a second after its packets are there.
"""

import argparse
import asyncio
import base64
import time

import av

from faults.watchers import NAME
from faults.wired import RoomInNetwork
from faults.world import OVERDUE, SESSION_TIMEOUT, run, text

SHORT, LONG = 1.0, 3.0  # seconds allowed after cuts of up to 5 s, and after longer ones
PATIENCE = 45.0


def has_banner(png):
    """Whether the display has the amber box with "Reconnecting …" at its top."""
    decoder = av.CodecContext.create("png", "r")
    frame = (decoder.decode(av.Packet(png)) + decoder.decode(None))[0]
    top = frame.to_ndarray(format="rgb24")[: frame.height // 4].astype(int)
    amber = (top[..., 0] > 220) & (abs(top[..., 1] - 180) < 40) & (top[..., 2] < 110)
    return bool(amber.mean() > 0.01)


async def one(world, how, seconds):
    control, watch, room = world.client, world.watch, world.room
    before, position = world.furniture(), world.position
    limit = SHORT if seconds <= 5 else LONG
    began = time.monotonic()
    room.cut(how)
    await asyncio.sleep(max(0.0, began + seconds * 0.9 - time.monotonic()))
    banner = None
    if seconds >= 5:
        found = await control.call("display.snapshot", {"width": 640})
        png = base64.b64decode(found["png"])
        (world.out / f"{how}-{seconds:.0f}.png").write_bytes(png)
        banner = has_banner(png)
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    await asyncio.to_thread(room.mend, how)
    mended = time.monotonic()
    media = await world.flowing(mended, PATIENCE)
    back = {what: instant and instant - mended for what, instant in media.items()}
    worst = None if None in back.values() else max(back.values())
    # A ghost is watched to its end, and whether what is back stays.
    seen = max((instant for instant in media.values() if instant), default=mended)
    await asyncio.sleep(5)
    end = time.monotonic() + SESSION_TIMEOUT + OVERDUE + 5
    while len(world.census.present) > 1 and time.monotonic() < end:
        await asyncio.sleep(0.25)
    most, long = world.census.duplicates(began)
    states = [(instant - began, state) for instant, state in world.states(began)]
    said = next((after for after, state in states if state == "reconnecting"), None)
    later = await world.flowing(time.monotonic() - 1.5, 2)
    stays = None not in later.values()
    figures = {
        "how": how, "seconds": seconds, "back": back, "all": worst, "states": states, "saidAfter": said, "rooms": most,
        "duplicateSeconds": long, "moved": world.moved(before), "stays": stays, "state": control.get("meeting.state"), "banner": banner,
        "pathsDuring": [one[1:3] for one in watch.states if began <= one[0] <= mended][-1:],
    }
    title = f"{how}, {seconds:g} s"
    packets = world.far.first_of(NAME, "videoPackets", mended, count=10)
    figures["packets"] = packets and packets - mended
    flows = ", ".join(f"{what} {text(value)}" for what, value in back.items())
    if figures["packets"]:
        flows += f"; the far end has packets of pictures {text(figures['packets'])}"
    good = world.report.check(f"{title}: media within {limit:.0f} s", worst is not None and worst <= limit, f"{text(worst)} ({flows})")
    good &= world.report.check(f"{title}: and it stays", stays and figures["state"] == "joined", f"{figures['state']}, {later if not stays else 'flows'}")
    story = ", ".join(f"{state} after {after:.2f}" for after, state in states) or "joined throughout"
    if seconds >= 30:
        good &= world.report.check(f"{title}: the state says reconnecting meanwhile", said is not None and said < seconds, story)
        good &= world.report.check(f"{title}: and so does the display", banner)
    else:
        world.report.note(f"{title}: {story}")
    good &= world.report.check(f"{title}: no duplicate longer than Janus's time-out", long <= SESSION_TIMEOUT + OVERDUE, f"{long:.1f} s, at most {most} rooms")
    good &= world.report.check(f"{title}: devices and layout untouched", not figures["moved"], str(figures["moved"] or ""))
    if not good:
        world.report.note(f"the far end sends: {world.far.sends(mended)}, {world.far.own[-1:]}")
        print(world.excerpt(position), flush=True)
    watch.forget(time.monotonic() - 2)
    world.census.counts = world.census.counts[-4:]
    return figures


async def play(world, lengths, ways, times, engine):
    await world.begin(RoomInNetwork, engine)
    rows = []
    for _ in range(times):
        for seconds in lengths:
            for how in ways:
                rows.append(await one(world, how, seconds))
                world.keep(rows)
                # What the next cut finds must be sound.
                now = time.monotonic()
                if None in (await world.flowing(now, 60)).values():
                    raise TimeoutError(f"no media 60 s after {how}, {seconds:g} s")
                await asyncio.sleep(3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tools/faults network")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="300 s, too")
    parser.add_argument("--seconds", type=float, nargs="+", help="cuts of other lengths")
    parser.add_argument("--engine", choices=["aiortc", "chrome"], default="chrome", help="of the far end")
    parser.add_argument("--how", choices=["cable", "silence"], nargs="+", default=["cable", "silence"])
    options = parser.parse_args()
    lengths = options.seconds or [1.0, 5.0, 30.0] + ([300.0] if options.long else [])
    run(
        "network", f"cuts of {', '.join(f'{one:g}' for one in lengths)} s", None,
        lambda world: play(world, lengths, options.how, options.times, options.engine),
    )
