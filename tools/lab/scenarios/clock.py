"""the clock is set by an hour and a day, both ways, and over changes of summer time, in a call: meetings are right, media go on"""

import datetime
import zoneinfo

from lab import call

ORDER = 12
SHORT = False
FROM = "call"
LIMIT = 400
STEPS = {"an hour on": 3600, "a day on": 86_400, "an hour back": -3600, "a day back": -86_400}
# The hour before each change in the room's time zone, and when a meeting at nine there begins on the days around it.
CHANGES = {
    "summer time begins": ("2026-03-29T00:59:55", "2026-03-29T07:00:00"),
    "summer time ends": ("2026-10-25T00:59:55", "2026-10-25T08:00:00"),
}


def run(guest, checks):
    before = call.Before(guest)
    guest.until("roomctl --json call schedule.list '{}' | grep -q nine@lab", 90, "the calendar is read")
    for name, step in STEPS.items():
        guest.get(f"date -u -s @$(($(date +%s) + {step}))")
        guest.get("sleep 3")
        today = guest.get(f"TZ={call.ZONE} date +%Y-%m-%d")
        starts = nines(guest)
        checks.check(f"{name}: today's meeting is today's", starts and local(min(starts))[:10] == today, f"{starts[:2]} on {today}")
        checks.check(f"{name}: at nine in the room", all(local(start)[11:16] == "09:00" for start in starts), starts[:2])
        flow(guest, checks, name)
    for name, (moment, nine) in CHANGES.items():
        guest.get(f"date -u -s '{moment}'")
        guest.get("sleep 10")
        checks.check(f"{name}: the change has come", guest.get("date -u +%H") == "01")
        starts = nines(guest)
        checks.check(f"{name}: today's meeting is at the right time", starts and min(starts)[:19] == nine, f"{starts[:2]}")
        flow(guest, checks, name)
    before.compare(checks)


def nines(guest):
    return sorted(event["start"] for event in guest.call("schedule.list", {})["events"] if event["id"].startswith("nine@lab"))


def local(start):
    """An instant of the API as the room's clock shows it."""
    return datetime.datetime.fromisoformat(start.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo(call.ZONE)).isoformat()


def frames(guest):
    """How many of the other's pictures have come so far."""
    return next(stream["frames"] for stream in guest.call("statistics.get")["inbound"] if stream["kind"] == "video")


def flow(guest, checks, when):
    first = frames(guest)
    guest.get("sleep 3")
    more = frames(guest) - first
    checks.check(f"{when}: pictures go on", more >= 5, f"{more} in three seconds")
