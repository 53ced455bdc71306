"""Reading the moments that an analyst types."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
_PLAIN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(ms|s|min)?")
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, None: 1.0}


def parse_moment(text: str) -> float | None:
    """Seconds of what was typed: "1:02:03.25", "1:02.5", "62.5", "850 ms", "2 min"; None for anything else."""
    text = text.strip().lower()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    if found := _PLAIN.fullmatch(text):
        return float(found.group(1).replace(",", ".")) * _UNITS[found.group(2)]
    return None


def parse_frame(text: str, count: int) -> int | None:
    """A frame number, counted from 0, that a video of `count` frames has; None for anything else."""
    text = text.strip().lstrip("#").strip()
    if not text.isdecimal():
        return None
    return int(text) if int(text) < count else None
