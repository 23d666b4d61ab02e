"""Looks at pictures of displays."""

import numpy

import picture


def luma(path):
    """The brightness of a PNG as a 2-D array."""
    return picture.decode(path.read_bytes())


def has_text(path):
    """Whether a picture is neither empty nor noise: a background with bright lines of text on it. (is it so, what was found)"""
    shades = luma(path)
    low, high = numpy.percentile(shades, (20, 99.5))
    bright = float((shades > low + (high - low) / 2).mean())
    return bool(high - low > 60 and 0.002 < bright < 0.4), f"{bright:.1%} of it is bright, {low:.0f} to {high:.0f}"
