"""Numbers in words, the same everywhere in the window."""

from __future__ import annotations

import re

from vtl_desktop.core.alignment import Alignment, Segment
from vtl_desktop.core.media import MediaFacts
from vtl_desktop.core.tracing import Candidate, TraceResult

_SHORT = 10.0
"""Seconds; the ends of a stretch shorter than this are told to the tenth."""


def clock(seconds: float) -> str:
    """For instance 0:07 or 1:02:07; rounded to the second."""
    whole = round(max(seconds, 0.0))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def tenths(seconds: float) -> str:
    """For instance 0:07.5."""
    whole = round(max(seconds, 0.0) * 10)
    return f"{clock(whole // 10)}.{whole % 10}"


def exact_clock(seconds: float) -> str:
    """For instance 0:07.480, to the millisecond."""
    thousandths = round(max(seconds, 0.0) * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02}:{rest / 1000:06.3f}"
    return f"{minutes}:{rest / 1000:06.3f}"


def size(count: int) -> str:
    """Bytes in decimal units, for instance 12.3 MB."""
    value = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def short_digest(sha256: str) -> str:
    """The first twelve digits, for the places where all 64 do not fit."""
    return f"{sha256[:12]}…" if len(sha256) > 12 else sha256


def breakable(name: str) -> str:
    """A file name that a label can break in two lines: with places to break that nobody sees."""
    return re.sub(r"(?<=[_\-])", "\u200b", name)


def decision(trace: TraceResult) -> str:
    """What tracing decided, as a headline."""
    if trace.leader is None:
        return "No source found in this database"
    return f"Traced to {trace.leader.source.name}" if trace.traced else f"Uncertain: look at {trace.leader.source.name}"


def reason(trace: TraceResult) -> str:
    """Why, and on a line of its own what the sound says of it."""
    sound = trace.leader.sound if trace.leader is not None else None
    return trace.reason if sound is None else f"{trace.reason}\n{sound.in_words}"


def plural(count: int, noun: str) -> str:
    """For instance "1 source", "1,204 sources"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def time_left(seconds: float) -> str:
    """For instance "about 2 min left"; "" where it is not known yet."""
    if seconds < 0:
        return ""
    if seconds < 60:
        return f"about {max(round(seconds), 1)} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def matched_parts(alignment: Alignment, count: int = 2) -> str:
    """Which part of the suspect shows which part of the source; the first `count` segments, then how many more."""
    parts = [matched_part(segment) for segment in alignment.segments[:count]]
    more = len(alignment.segments) - count
    if more > 0:
        parts.append(f"and {plural(more, 'more part')}")
    return ";  ".join(parts) if parts else "no common stretch found"


def matched_part(segment: Segment) -> str:
    """For instance "suspect 0:00–0:16 shows source 0:12–0:32, at 1.25 times its speed"; short parts to the tenth."""
    tell = tenths if segment.duration < _SHORT else clock
    words = (
        f"suspect {tell(segment.suspect_start)}–{tell(segment.suspect_end)} shows "
        f"source {tell(segment.source_start)}–{tell(segment.source_end)}"
    )
    if segment.rate < 0:
        words += ", played backwards"
    return words if abs(abs(segment.rate) - 1.0) < 0.005 else f"{words}, at {abs(segment.rate):.3g} times its speed"


def margin(candidate: Candidate) -> str:
    """How far behind the next candidate is; "" for the last."""
    if candidate.margin < 0:
        return "nearer in motion and place"
    return f"{candidate.margin:.1f} bits ahead of the next" if candidate.margin > 0 else ""


def candidate_aloud(candidate: Candidate, bits: int) -> str:
    """A candidate in one sentence, for screen readers and tool tips."""
    how = (", mirrored" if candidate.mirrored else "") + (f", {candidate.part_in_words}" if candidate.part else "")
    return (
        f"Candidate {candidate.rank}: {candidate.source.name}{how}, "
        f"distance {candidate.distance:.1f} of {bits} bits, {candidate.matched_share:.0%} of the suspect aligned: "
        f"{matched_parts(candidate.alignment)}"
    )


def facts_rows(facts: MediaFacts) -> tuple[tuple[str, str], ...]:
    """The facts of a file as (what, value), in reading order."""
    rows = [("Kind", "picture" if facts.is_image else "video"), ("Size", f"{size(facts.size)} ({facts.size:,} bytes)")]
    if not facts.is_image:
        rate = f"{facts.frame_rate:.5g} frames/s{' (variable)' if facts.variable_frame_rate else ''}"
        rows += [("Duration", f"{exact_clock(facts.duration)}, {facts.frame_count:,} frames"), ("Frame rate", rate)]
    rotated = f", turned {facts.rotation}°" if facts.rotation else ""
    rows.append(("Picture", f"{facts.width} × {facts.height}{rotated}"))
    coding = ", ".join(
        part
        for part in (facts.codec, facts.pixel_format, f"{facts.bit_depth} bit" if facts.bit_depth > 8 else "")
        if part
    )
    rows += [("Coding", coding), ("Container", facts.container.split(",")[0])]
    if facts.colour:
        rows.append(("Colour", facts.colour))
    if not facts.is_image:
        rows.append(("Sound", facts.audio or "none"))
    if facts.bit_rate:
        rows.append(("Bit rate", f"{facts.bit_rate / 1000:,.0f} kbit/s"))
    return tuple(rows)


def fact_notes(facts: MediaFacts) -> tuple[str, ...]:
    """What an analyst must not overlook, the file's own notes first; each once."""
    notes = list(facts.notes)
    said = " ".join(notes).lower()
    for holds, key, words in (
        (facts.variable_frame_rate, "variable", "variable frame rate"),
        (facts.rotation != 0, "rotat", f"rotated {facts.rotation}° by metadata"),
        (facts.bit_depth > 8, "bit", f"{facts.bit_depth}-bit colour, shown in 8 bit"),
        (not facts.is_image and facts.frame_count == 1, "one frame", "only one frame"),
    ):
        if holds and key not in said:
            notes.append(words)
    return tuple(notes)
