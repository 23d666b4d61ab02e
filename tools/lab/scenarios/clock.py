"""the clock is set by an hour and a day, both ways: the room goes on, and knows what time it is"""

ORDER = 5
SHORT = False
FROM = "installed"
LIMIT = 180
STEPS = {"an hour on": 3600, "a day on": 86_400, "an hour back": -3600, "a day back": -86_400}

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//lab//EN
BEGIN:VEVENT
UID:noon@lab
DTSTAMP:20260101T000000Z
DTSTART:{start}
DURATION:PT1H
RRULE:FREQ=DAILY
SUMMARY:Noon
END:VEVENT
END:VCALENDAR
"""


def run(guest, checks):
    guest.write("/var/lib/roomd/room.ics", CALENDAR.format(start=guest.get("date -u +%Y%m01T120000Z")), "644")
    guest.configure(more='[[calendar]]\ntype = "ics"\nurl = "file:///var/lib/roomd/room.ics"\n')
    guest.restart()
    pid = guest.pid
    guest.until("roomctl --json call schedule.list '{}' | grep -q noon@lab", 30, "the calendar is read")
    for name, step in STEPS.items():
        guest.get(f"date -u -s @$(($(date +%s) + {step}))")
        guest.get("sleep 3")
        today = guest.get("date -u +%Y-%m-%d")
        starts = [event["start"] for event in guest.call("schedule.list", {})["events"]]
        checks.check(f"{name}: today's meetings are today's", min(starts)[:10] == today, f"{min(starts)} on {today}")
    checks.check("it is the same process", guest.pid == pid and guest.show("NRestarts") == "0")
