"""Listens in the guest: at the other end of the sound card's cable, and at the other participant."""

import base64

import numpy

from lab import call

RATE = 48_000
SECONDS = 4
# Samples; the tones are told apart to 20 Hz.
WINDOW = 2400


def of_card(guest, seconds=SECONDS):
    """What the room plays, from now on: mono samples."""
    guest.get(
        f"arecord -q -D plughw:Loopback,1,0 -f S16_LE -c 1 -r {RATE} -d {seconds} -t raw /var/tmp/heard.raw", 60 + 10 * seconds)
    return samples(guest, "cat /var/tmp/heard.raw")


def of_other(guest, seconds=SECONDS):
    """What the other participant has heard last: mono samples."""
    # The file is written in steps of a sample pair at least; its head is passed over.
    return samples(guest, f"tail -c +45 {call.HEARD} | tail -c {2 * seconds * RATE}")


def samples(guest, command):
    data = base64.b64decode(guest.get(f"{command} | base64 -w0", 120))
    return numpy.frombuffer(data[: len(data) // 2 * 2], "<i2")


def tone(samples, frequency):
    """The part of a recording in which a tone is the strongest there is, and the level of the whole in dBFS.

    Window by window: an emulated processor is late now and then, and what is then concealed comes at another phase.
    """
    windows = (samples[: len(samples) // WINDOW * WINDOW].astype(float) / 32768).reshape(-1, WINDOW)
    if not len(windows):
        return 0.0, -127.0
    strongest = numpy.abs(numpy.fft.rfft(windows * numpy.hanning(WINDOW), axis=1)).argmax(axis=1) * RATE / WINDOW
    is_loud = (windows**2).mean(axis=1) > 1e-5
    level = float(10 * numpy.log10(max(1e-12, (windows**2).mean())))
    return float((is_loud & (abs(strongest - frequency) <= RATE / WINDOW)).mean()), level


def both_ways(guest, checks, when):
    """Checks the tones at both ends."""
    for who, samples, wanted in (
        ("the sound card plays the other's tone", of_card(guest), call.OTHER_TONE),
        ("the other hears the tone at the microphone", of_other(guest), call.ROOM_TONE),
    ):
        share, level = tone(samples, wanted)
        checks.check(f"{when}: {who}", share > 0.6 and level > -45, f"{share:.0%} of the time, {level:.0f} dBFS")
