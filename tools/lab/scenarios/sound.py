"""snd-aloop stopped, suspended and unbound in a call, again and again: silence meanwhile, then sound both ways"""

import time

from lab import call, sound_check

ORDER = 10
SHORT = False
FROM = "call"
LIMIT = 3600
DRIVER = "/sys/bus/platform/drivers/snd_aloop"
# What waits in the card, by its own word (snd_pcm_delay), may not be more. Frames: 25 ms.
DELAY = 1200


def run(guest, checks):
    sound_check.both_ways(guest, checks, "before")
    buffering(guest, checks)
    before = call.Before(guest)
    for name, fault, rounds in (
        ("stopped for half a second", stop, guest.rounds), ("suspended", suspend, guest.rounds), ("unbound", unbind, guest.rounds),
    ):
        began, done = time.monotonic(), 0
        try:
            for _ in range(rounds):
                fault(guest, checks, is_first=done == 0)
                running(guest, name)
                done += 1
        finally:
            checks.check(f"{name}: goes on again", done == rounds, f"{done} of {rounds} times in {time.monotonic() - began:.0f} s")
        # What the fault has left in the other's buffers and in the file.
        guest.get(f"sleep {sound_check.SECONDS + 2}")
        sound_check.both_ways(guest, checks, f"after: {name}")
    before.compare(checks)


def buffering(guest, checks):
    """What waits in the card on its way out and in, looked at 40 times."""
    for name, stream in (("out", "pcm0p"), ("in", "pcm0c")):
        log = guest.get(
            f"for _ in $(seq 40); do sed -n 's/^delay *: *//p' /proc/asound/Loopback/{stream}/sub0/status; sleep 0.13; done", 60)
        delays = sorted(int(word) for word in log.split())
        middle = delays[len(delays) // 2] if delays else None
        checks.check(f"less than 25 ms wait in the card on the way {name}", delays and middle < DELAY, f"{middle} frames of 48 kHz in the middle")
        checks.note(f"{middle / 48:.0f} ms in the card on the way {name}" if delays else f"no delay {name}")


def running(guest, name):
    for stream in ("pcm0p", "pcm0c"):
        guest.until(f"grep -q RUNNING /proc/asound/Loopback/{stream}/sub0/status", 60, f"{name}: {stream} runs again")
    for kind in ("microphone", "speaker"):
        guest.until(
            f"roomctl --json call state.get '{{\"path\": \"{kind}.state\"}}' | grep -Eq 'live|on'", 60, f"{name}: the {kind} is there again")


def stop(guest, checks, is_first):
    """The card goes on without the room: both of its buffers run over and dry."""
    guest.get(f"kill -STOP {guest.pid}; sleep 0.5; kill -CONT {guest.pid}; sleep 0.5")


def suspend(guest, checks, is_first):
    """All drivers go to sleep and wake, as in a real suspend: the kernel's own test of that."""
    guest.get("echo 1 >/sys/module/suspend/parameters/pm_test_delay")
    entry = "dmesg | grep -c 'PM: suspend exit'"
    before = int(guest.run(entry).output)
    guest.get("systemd-run --no-block bash -c 'sleep 1; echo devices >/sys/power/pm_test; echo freeze >/sys/power/state'")
    # What the lab asks meanwhile would be lost: its own line sleeps, too.
    time.sleep(4)
    guest.until(f"[ $({entry}) -gt {before} ]", 60, "the machine wakes")


def unbind(guest, checks, is_first):
    guest.get(f"systemctl stop lab-voice.service; echo snd_aloop.0 >{DRIVER}/unbind", 60)
    for kind in ("microphone", "speaker"):
        guest.until(f"roomctl --json call state.get '{{\"path\": \"{kind}.state\"}}' | grep -q lost", 30, f"the {kind} is lost")
    if is_first:
        guest.get(f"sleep {sound_check.SECONDS + 2}")
        level = sound_check.tone(sound_check.of_other(guest), call.ROOM_TONE)[1]
        checks.check("unbound: the other hears silence", level < -70, f"{level:.0f} dBFS")
    guest.get(f"echo snd_aloop.0 >{DRIVER}/bind && udevadm settle", 60)
    call.speak(guest)
