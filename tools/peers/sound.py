"""Finds recorded speech in its looped original: how like it is, and which part was heard when."""

import numpy

WINDOW = int(0.6 * 48000)
HOP = int(0.3 * 48000)
QUIET = 300  # root mean square of 16-bit samples; less is a pause between words


class Match:
    """One window of the recording: its first sample, the position in the original, the normalised correlation."""

    def __init__(self, first, position, correlation):
        self.first = first
        self.position = position
        self.correlation = correlation


def matches(recording, original):
    """Cross-correlates every window that holds speech with the whole original, which is a loop."""
    recording = recording.astype(numpy.float64)
    loop = original.astype(numpy.float64)
    length = len(loop)
    spectrum = numpy.fft.rfft(loop)
    around = numpy.concatenate([[0.0], numpy.cumsum(numpy.concatenate([loop, loop[:WINDOW]]) ** 2)])
    energies = around[WINDOW : WINDOW + length] - around[:length]
    found = []
    for first in range(0, len(recording) - WINDOW + 1, HOP):
        window = recording[first : first + WINDOW]
        energy = float(window @ window)
        if energy < QUIET * QUIET * WINDOW:
            continue
        products = numpy.fft.irfft(spectrum * numpy.conj(numpy.fft.rfft(window, length)), length)
        likeness = products / numpy.sqrt(numpy.maximum(energies, 1.0) * energy)
        position = int(numpy.argmax(likeness))
        found.append(Match(first, position, float(likeness[position])))
    return found


def behind(instant, position, seconds):
    """Seconds from when a looped source was at `position` to `instant`; a source may seem up to 1 s ahead."""
    return (instant - position + 1.0) % seconds - 1.0


def to_db(samples):
    """Root mean square in dBFS; −127 for digital silence."""
    if len(samples) == 0:
        return -127.0
    value = float(numpy.sqrt(numpy.mean(samples.astype(numpy.float64) ** 2))) / 32768
    return max(-127.0, 20 * numpy.log10(value)) if value > 0 else -127.0
