"""Makes the real material of the demo: moving pictures with a counter and a time code, and speech."""

import pathlib
import subprocess
import wave

import numpy

import timecode

SECONDS = 8
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


def clip(path, width, height, rate, text):
    """A Y4M clip of `SECONDS`: ffmpeg's testsrc2 with a drawn counter; each frame carries its position in milliseconds."""
    source = f"testsrc2=size={width}x{height}:rate={rate}:duration={SECONDS}"
    draw = (
        f"drawtext=fontfile={FONT}:fontsize={height // 10}:fontcolor=white:box=1:boxcolor=black:"
        f"x=(w-tw)/2:y=h*0.7:text='{text} %{{frame_num}}'"
    )
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"{source},{draw},format=yuv420p", "-f", "rawvideo", "-"]
    size = width * height * 3 // 2
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process, open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        count = 0
        while len(data := process.stdout.read(size)) == size:
            picture = numpy.frombuffer(data, numpy.uint8).reshape(-1, width).copy()
            timecode.stamp_picture(picture, height, round(count * 1000 / rate))
            file.write(b"FRAME\n" + picture.tobytes())
            count += 1
    if process.returncode or count != SECONDS * rate:
        raise RuntimeError(f"ffmpeg made {count} frames of {SECONDS * rate} and ended with {process.returncode}")
    return path


def speech(path, text, voice):
    """A WAV of `SECONDS`, 48 kHz mono 16 bits, of a text that espeak-ng needs at least that long for (no part twice)."""
    path = pathlib.Path(path)
    spoken = path.with_suffix(".spoken.wav")
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(spoken), text], check=True)
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(spoken), "-af", "volume=0.7"]
    command += ["-t", str(SECONDS), "-ar", "48000", "-ac", "1", "-c:a", "pcm_s16le", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    spoken.unlink()
    with wave.open(str(path)) as file:
        if file.getnframes() != SECONDS * 48000:
            raise RuntimeError(f"{path} has {file.getnframes()} samples instead of {SECONDS * 48000}")
    return path


def read_wav(path):
    """The samples of a 48 kHz mono 16-bit WAV, also of one whose header is behind its contents."""
    data = pathlib.Path(path).read_bytes()
    start = data.index(b"data") + 8
    return numpy.frombuffer(data[start : start + (len(data) - start) // 2 * 2], numpy.int16)
