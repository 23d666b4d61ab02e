"""The machine-readable time code of the `pattern:` device: forty square blocks in one row.

With e = width/80 the blocks are e×e, start at x = 4e, y = 2e; luma 235 is 1 and 16 is 0; the most significant bit comes
first: 32 bits of value, then 8 bits sum of those four bytes modulo 256.
"""

import numpy

BLOCKS = 40


def stamp(luma, value, row=2):
    """Writes a 32-bit value into the luma plane (2-D uint8 array), in place; `row` counts in blocks, for a second code."""
    edge = luma.shape[1] // 80
    value &= 0xFFFFFFFF
    checksum = sum(value.to_bytes(4, "big")) & 0xFF
    bits = (value << 8) | checksum
    for index in range(BLOCKS):
        one = bits >> (BLOCKS - 1 - index) & 1
        x = (4 + index) * edge
        luma[row * edge : (row + 1) * edge, x : x + edge] = 235 if one else 16


def stamp_picture(picture, height, value, row=2):
    """Writes a value into an I420 picture (as PyAV gives it: planes stacked, 3/2 · height rows), with neutral chroma."""
    width = picture.shape[1]
    stamp(picture[:height], value, row)
    edge = width // 80
    flat = picture.reshape(-1)
    for plane in range(2):
        start = width * height + plane * (width // 2) * (height // 2)
        chroma = flat[start : start + (width // 2) * (height // 2)].reshape(height // 2, width // 2)
        chroma[row * edge // 2 : -(-(row + 1) * edge // 2), 2 * edge : (4 + BLOCKS) * edge // 2] = 128


def read(luma, row=2, place=None):
    """Reads the value out of a luma plane of any scaled size; None when there is no valid code.

    place: (x, y, width) of the picture in the plane, in pixels with fractions, when it is only a part of it.
    """
    left, top, width = place or (0, 0, luma.shape[1])
    edge = width / 80
    if edge < 2 or luma.shape[0] < 4 * edge:
        return None
    half = max(1, int(edge / 4))
    bits = 0
    for index in range(BLOCKS):
        x, y = int(left + (4 + index + 0.5) * edge), int(top + (row + 0.5) * edge)
        if x < half or y < half:
            return None
        patch = luma[y - half : y + half, x - half : x + half]
        bits = bits << 1 | int(patch.size > 0 and patch.mean() > 125)
    value, checksum = bits >> 8, bits & 0xFF
    return value if sum(value.to_bytes(4, "big")) & 0xFF == checksum else None


def luma_of(frame):
    """The luma plane of an av.VideoFrame in yuv420p, as a 2-D array without row padding."""
    plane = frame.planes[0]
    rows = numpy.frombuffer(plane, numpy.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]
