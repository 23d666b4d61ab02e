"""Looks at pictures of displays."""

import numpy

import picture
import timecode

# Of vivid's test picture, from left to right: grey, yellow, cyan, green, magenta, red; which of red, green, blue are on. Two more
# are under the display's own picture of itself.
BARS = [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0)]
BAR_COUNT = 8

CLIP_WIDTH, CLIP_HEIGHT, CLIP_RATE = 160, 90, 5
# In the middle, where a display has nothing of its own.
CLIP_ROW = 22


def luma(path):
    """The brightness of a PNG as a 2-D array."""
    return picture.decode(path.read_bytes())


def colours(path):
    """A PNG as an array of height × width × (red, green, blue)."""
    return picture.decode(path.read_bytes(), "rgb24")


def has_text(path):
    """Whether a picture is neither empty nor noise: a background with bright lines of text on it. (is it so, what was found)"""
    shades = luma(path)
    low, high = numpy.percentile(shades, (20, 99.5))
    bright = float((shades > low + (high - low) / 2).mean())
    return bool(high - low > 60 and 0.002 < bright < 0.4), f"{bright:.1%} of it is bright, {low:.0f} to {high:.0f}"


def has_bars(path):
    """Whether vivid's colour bars fill the picture. (is it so, what was found)"""
    image = colours(path)
    height, width, _ = image.shape
    # Below the text that vivid writes into its picture, and above a name at the lower edge.
    strip = image[int(height * 0.82) : int(height * 0.9)].astype(float)
    found = []
    for index in range(len(BARS)):
        centre = (index + 0.5) * width / BAR_COUNT
        bar = strip[:, int(centre - width / 40) : int(centre + width / 40)]
        found.append(tuple(int(value) for value in (numpy.median(bar, axis=(0, 1)) > 96)))
    return found == BARS, found


def clip(path):
    """Writes the other participant's pictures: 20 s of a ramp of grey with the number of each in it, which `number` reads."""
    ramp = numpy.tile(numpy.linspace(60, 180, CLIP_WIDTH), (CLIP_HEIGHT, 1)).astype(numpy.uint8)
    chroma = numpy.full(CLIP_WIDTH * CLIP_HEIGHT // 2, 128, numpy.uint8).tobytes()
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{CLIP_WIDTH} H{CLIP_HEIGHT} F{CLIP_RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for index in range(20 * CLIP_RATE):
            image = ramp.copy()
            timecode.stamp(image, index + 1, CLIP_ROW)
            file.write(b"FRAME\n" + image.tobytes() + chroma)


def number(path):
    """The number of the other participant's picture that fills a display; None when it is not there."""
    return timecode.read(luma(path), CLIP_ROW)
