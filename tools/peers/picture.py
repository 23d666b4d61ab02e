"""Looks at what is on the room's display: decodes snapshots and reads the codes in the tiles."""

import base64
import pathlib

import av
import numpy

import guest
import timecode


def decode(png, format="gray"):
    """A PNG as an array: its brightness in two dimensions, or in another of PyAV's formats."""
    decoder = av.CodecContext.create("png", "r")
    frames = decoder.decode(av.Packet(png)) + decoder.decode(None)
    return frames[0].to_ndarray(format=format)


class Snapshot:
    """One `display.snapshot`: when it was on the display (CLOCK_MONOTONIC seconds), and its picture."""

    def __init__(self, result):
        self.instant = result["time"] / 1e9
        self.png = base64.b64decode(result["png"])
        self.luma = decode(self.png)

    def save(self, path):
        pathlib.Path(path).write_bytes(self.png)
        return path

    def codes(self, tile, row):
        """The valid codes in a row of a tile, which is given for a display 1280 pixels wide.

        A picture that does not have the tile's shape is cut at its edges, alike on both sides: by how much is tried out.
        """
        scale = self.luma.shape[1] / 1280
        x, y, width, height = (value * scale for value in tile)
        for zoom in (1.0, 1.0125, 1.025, 1.0375, 1.05):
            wide = width * zoom
            high = max(height, wide * 9 / 16)
            place = (x - (wide - width) / 2, y - (high - height) / 2, wide)
            code = timecode.read(self.luma, row, place)
            if code is not None:
                yield code

    def time_code(self, tile):
        """A guest's instant of capture in milliseconds, or None."""
        now = int(self.instant * 1000)
        return next((code for code in self.codes(tile, guest.SECOND_ROW) if now - 60_000 < code <= now), None)

    def who(self, tile, names):
        """Whose picture is in a tile, out of those names; None when it is nobody's."""
        known = {guest.identity(name): name for name in names}
        return next((known[code] for code in self.codes(tile, guest.IDENTITY_ROW) if code in known), None)

    @property
    def whole(self):
        return 0, 0, 1280, 720


async def take(control, width=1280):
    return Snapshot(await control.call("display.snapshot", {"width": width}))


# Where the room's compositor puts its tiles (Sources/Compositor/Layout.swift), for 16:9 pictures without self-view.


def even(value):
    return int(value) // 2 * 2


def grid(count, width=1280, height=720):
    """The tiles of a grid, in seat order: (x, y, width, height)."""
    if count == 1:
        return [(0, 0, width, height)]
    gap = max(2, 2 * round(height * 0.008 / 2))
    inner = (width - 2 * gap, height - 2 * gap)
    best = None
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        wide = min((inner[0] - gap * (columns - 1)) / columns, (inner[1] - gap * (rows - 1)) / rows * 16 / 9)
        if best is None or wide > best[0] + 0.5:
            best = (wide, columns, rows)
    wide = even(best[0])
    high = even(wide * 9 / 16)
    _, columns, rows = best
    top = gap + even((inner[1] - rows * high - (rows - 1) * gap) / 2)
    tiles = []
    for index in range(count):
        row = index // columns
        across = min(columns, count - row * columns)
        left = gap + even((inner[0] - across * wide - (across - 1) * gap) / 2)
        tiles.append((left + index % columns * (wide + gap), top + row * (high + gap), wide, high))
    return tiles


def stage(width=1280, height=720, limit=6):
    """The large tile of the speaker layout when there is a strip."""
    gap = max(2, 2 * round(height * 0.008 / 2))
    header = 2 * round(height * 0.084 / 2)
    left, top, right, bottom = gap, header + gap, width - gap, height - gap
    thin = even((right - left - gap * (limit - 1)) / limit)
    low = even((bottom - top - gap * (limit - 1)) / limit)
    below = fit(left, top, right, bottom - even(thin * 9 / 16) - gap)
    beside = fit(left, top, right - even(low * 16 / 9) - gap, bottom)
    return below if below[2] * below[3] >= beside[2] * beside[3] else beside


def fit(left, top, right, bottom):
    wide = min(right - left, round((bottom - top) * 16 / 9))
    high = even(min(bottom - top, round(wide * 9 / 16)))
    wide = even(wide)
    return left + even((right - left - wide) / 2), top + even((bottom - top - high) / 2), wide, high
