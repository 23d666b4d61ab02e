"""Speech through three simulated rooms into the microphone: how much echo roomd's capture processor and AEC3 (PyPI pywebrtc-audio) take out.

Far and near speech are espeak-ng's. A room is an impulse response of its own: direct sound, then reflections that grow denser and decay by
60 dB in its reverberation time. ERLE, in decibels, is the echo's energy before over what is left after, with a noise floor of −65 dBFS in
both. STOI (PyPI pystoi) says how intelligible the near end is in double talk at equal loudness; it is compared with the near end alone, after
the canceller's own delay. The delay from playing to hearing is what is true; cancellers are told the same, or 100 ms more or less.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import pywebrtc_audio
from pystoi import stoi
from scipy.io import wavfile
from scipy.signal import correlate, fftconvolve, resample_poly

PROJECT = pathlib.Path(__file__).resolve().parents[3]
BENCH = os.environ.get("ECHOBENCH", str(PROJECT / ".build/release/EchoBench"))
RATE, BLOCK = 48000, 480
# Milliseconds: the devices' delay as it is, and as it is told.
DELAYS = [(30, 30), (200, 200), (130, 30), (30, 130)]
ERLE, STOI = 20, 0.8
NEAR_FROM, CHANGE_AT = 6, 10  # seconds
FAR = (
    "Good morning everybody, thank you for joining. Let us begin with the figures of the last quarter, which are better than we had "
    "expected. Sales in the north rose by nine percent, while the south stayed where it was. The new product has been received well by "
    "most customers, and the complaints of the spring are settled. I would like to hear from each of you what comes next."
)
NEAR = (
    "I agree with most of that, but the schedule worries me. We need two more people in the laboratory before the end of the month, "
    "otherwise the tests will not be finished in time. Could we move the presentation to the following week, and tell them now?"
)
# Reverberation time in seconds, distance in metres, gain.
ROOMS = {"huddle": (0.2, 0.5, 0.5, 1), "meeting": (0.4, 1.0, 0.35, 2), "boardroom": (0.6, 2.5, 0.35, 3)}


def speech(text, voice):
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "152", "-w", file.name, text], check=True)
        rate, samples = wavfile.read(file.name)
    sound = resample_poly(samples.astype(float), RATE, rate)
    return 0.5 * sound / numpy.abs(sound).max()


def impulse_response(reverberation, distance, gain, seed):
    random = numpy.random.default_rng(seed)
    response = numpy.zeros(int(reverberation * RATE))
    direct = int(distance / 343 * RATE)
    response[direct] = 1
    count = len(response) - direct
    time = numpy.arange(count) / RATE
    density = 0.05 + 0.9 * numpy.minimum(1, time / 0.05)
    tail = random.standard_normal(count) * (random.random(count) < density) * 10 ** (-3 * time / reverberation)
    tail[:48] = 0
    response[direct:] += tail * numpy.sqrt(0.8 / numpy.sum(tail**2))
    return gain * response / numpy.sqrt(numpy.sum(response**2))


def echo_of(far, response, delay):
    echo = numpy.concatenate([numpy.zeros(RATE * delay // 1000), fftconvolve(far, response)])
    return echo[: len(far)]


def roomd(components):
    def clean(far, heard, delay):
        both = numpy.stack([far, heard], axis=1).astype(numpy.float32).tobytes()
        command = [BENCH, "--delay", str(delay), "--components", str(components)]
        done = subprocess.run(command, input=both, stdout=subprocess.PIPE, check=True)
        return numpy.frombuffer(done.stdout, numpy.float32).astype(float)

    return clean


def aec3(far, heard, delay):
    canceller = pywebrtc_audio.EchoCanceller(RATE, 1, delay)
    blocks = [
        canceller.process(heard[start : start + BLOCK].astype(numpy.float32), far[start : start + BLOCK].astype(numpy.float32))
        for start in range(0, len(far) - BLOCK + 1, BLOCK)
    ]
    return numpy.concatenate(blocks).astype(float)


def erle(echo, output, begin, end):
    begin, end = int(begin * RATE), min(int(end * RATE), len(output))
    return float(10 * numpy.log10(numpy.sum(echo[begin:end] ** 2) / (numpy.sum(output[begin:end] ** 2) + 1e-12)))


def intelligibility(near, output):
    count = min(len(near), len(output))
    near, output = near[:count], output[:count]
    lags = correlate(output, near, method="fft")[count - 1 : count + RATE // 20]
    lag = int(numpy.argmax(numpy.abs(lags)))
    return float(stoi(near[: count - lag], output[lag:], RATE))


def measure(clean, far, near, room, delay, told):
    """One canceller in one room."""
    reverberation, distance, gain, seed = ROOMS[room]
    noise = numpy.random.default_rng(9).standard_normal(len(far)) * 10 ** (-65 / 20)
    echo = echo_of(far, impulse_response(reverberation, distance, gain, seed), delay)
    output = clean(far, echo + noise, told)
    figures = {"erle 0.5-2 s": erle(echo, output, 0.5, 2), "erle 2-4 s": erle(echo, output, 2, 4), "erle later": erle(echo, output, 4, 99)}
    begin = NEAR_FROM * RATE
    beside = near[: len(far) - begin]
    beside = beside * numpy.sqrt(numpy.mean(echo**2) / numpy.mean(beside**2))
    heard = echo + noise
    heard[begin : begin + len(beside)] += beside
    figures["stoi before"] = float(stoi(beside, heard[begin : begin + len(beside)], RATE))
    figures["stoi after"] = intelligibility(beside, clean(far, heard, told)[begin : begin + len(beside)])
    moved = echo.copy()
    other = echo_of(far, impulse_response(reverberation, 1.5 * distance, gain, seed + 10), delay)
    moved[CHANGE_AT * RATE :] = other[CHANGE_AT * RATE :]
    figures["erle after change"] = erle(moved, clean(far, moved + noise, told), CHANGE_AT + 2, CHANGE_AT + 4)
    return figures


def main():
    parser = argparse.ArgumentParser(prog="tools/bench echo")
    parser.parse_args()
    far, near = speech(FAR, "en-us"), speech(NEAR, "en-gb+f3")
    cancellers = {"roomd, echo only": roomd(1), "roomd, everything": roomd(15), "AEC3": aec3}
    print(f"{'':<46} {'ERLE, dB':^38}   {'STOI, double talk':^18}")
    print(f"{'':<46} {'0.5–2 s':>8} {'2–4 s':>8} {'later':>8} {'change':>9}    {'before':>8} {'after':>8}")
    results, missed = {}, []
    for room in ROOMS:
        for delay, told in DELAYS:
            for name, clean in cancellers.items():
                figures = measure(clean, far, near, room, delay, told)
                title = f"{room}, {delay} ms, told {told}, {name}"
                results[title] = figures
                print(
                    f"{title:<46} {figures['erle 0.5-2 s']:8.1f} {figures['erle 2-4 s']:8.1f} {figures['erle later']:8.1f} "
                    f"{figures['erle after change']:9.1f}    {figures['stoi before']:8.2f} {figures['stoi after']:8.2f}",
                    flush=True,
                )
                enough = min(figures["erle 2-4 s"], figures["erle later"], figures["erle after change"]) >= ERLE
                if name.startswith("roomd") and not (enough and figures["stoi after"] >= STOI):
                    missed.append(title)
    out = PROJECT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "echo.json").write_text(json.dumps(results, indent=1))
    print(f"bench: wanted are ERLE ≥ {ERLE} dB from 2 s on, and from 2 s after the path has changed, and STOI ≥ {STOI}")
    print("bench: " + (f"missed: {'; '.join(missed)}" if missed else "everything wanted is met"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
