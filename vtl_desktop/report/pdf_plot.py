"""The drawn plot of an alignment: exhibit time across, source time up, the clips' distances below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.tracing import ClipDistance
from vtl_desktop.report.page import DEEP, FIGURE_CAPTION, INK, MARGIN, RULE, SMALL, Face, ReportPdf
from vtl_desktop.report.values import AlignmentPlot
from vtl_desktop.report.wording import clock

_LEFT = 20.0  # millimetres for the numbers of the upright axes
_UPPER = 46.0
_LOWER = 18.0
_BETWEEN = 8.0
_BREAK = 4.0
_HELPED = 8  # segments that get lines to both axes; of more, these would hide the rest
_SEGMENT = (0, 114, 178)
_CLIP = (213, 94, 0)
_AXIS = Face(7, 3.4, SMALL.colour)
_NUMBER = Face(7.5, 3.6, INK, bold=True)


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of source time drawn to one scale: `start` to `end` seconds over `low` to `high` of the axis."""

    start: float
    end: float
    low: float
    high: float

    def place(self, moment: float) -> float:
        return self.low + (self.high - self.low) * (moment - self.start) / (self.end - self.start)


def strips(segments: tuple[Segment, ...], *, gap: float, most: int = 6) -> tuple[Strip, ...]:
    """The source times that are drawn; what lies far between them is left out.

    Args:
        segments: at least one.
        gap: share of the axis that stands for each stretch left out.
        most: strips at most.

    Returns:
        In the order of time, with `low` and `high` between 0 and 1.
    """
    spans = sorted((min(s.source_start, s.source_end), max(s.source_start, s.source_end)) for s in segments)
    near = max(0.5 * sum(end - start for start, end in spans), 0.5)
    while len(merged := _merged(spans, near)) > most:
        near *= 2
    padded = [(start - pad, end + pad) for start, end in merged for pad in (max(0.06 * (end - start), 0.05),)]
    # A short stretch still gets a fifth of what an equal share would be, so that it can be seen.
    weights = [max(end - start, 0.2 * sum(e - s for s, e in padded) / len(padded)) for start, end in padded]
    free = 1 - gap * (len(padded) - 1)
    found, low = [], 0.0
    for (start, end), weight in zip(padded, weights, strict=True):
        high = low + free * weight / sum(weights)
        found.append(Strip(start, end, low, high))
        low = high + gap
    return tuple(found)


def _merged(spans: list[tuple[float, float]], near: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in spans:
        if merged and start - merged[-1][1] <= near:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def ticks(span: float, most: int = 8) -> list[float]:
    """Round values from 0 to a span, `most` of them at most."""
    if span <= 0:
        return [0.0]
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400)
    step = next((s for s in steps if span / s <= most - 1), span)
    return [round(step * i, 3) for i in range(math.floor(span / step + 1e-6) + 1)]


def thinned(clips: tuple[ClipDistance, ...], most: int = 1500) -> list[ClipDistance]:
    """Of many clips, the nearest and the farthest of each short stretch, in time order: the outline stays the same."""
    if len(clips) <= most:
        return list(clips)
    size = math.ceil(2 * len(clips) / most)
    kept = []
    for start in range(0, len(clips), size):
        stretch = clips[start : start + size]
        ends = {min(stretch, key=lambda c: c.distance), max(stretch, key=lambda c: c.distance)}
        kept += sorted(ends, key=lambda c: c.time)
    return kept


def draw_plot(pdf: ReportPdf, plot: AlignmentPlot) -> None:
    """Both panels with axes, and the caption below."""
    caption = pdf.lines(plot.caption, pdf.epw, FIGURE_CAPTION)
    height = _UPPER + (_BETWEEN + _LOWER if plot.clips else 0) + 16
    pdf.need(height + len(caption) * FIGURE_CAPTION.leading + 6)
    top = pdf.y + 6
    with pdf.element("Sect"):
        with pdf.tagged("Figure", alt=plot.alt):
            _alignment(pdf, plot, top)
            bottom = top + _UPPER
            if plot.clips:
                _distances(pdf, plot, bottom + _BETWEEN)
                bottom += _BETWEEN + _LOWER
            _time_axis(pdf, plot, bottom)
        pdf.set_y(bottom + 11)
        pdf.flow(plot.caption, FIGURE_CAPTION, kind="Caption", after=3)
    pdf.set_y(pdf.y + 2)


def _across(pdf: ReportPdf, plot: AlignmentPlot, moment: float) -> float:
    return MARGIN + _LEFT + (pdf.epw - _LEFT) * min(max(moment / plot.duration, 0.0), 1.0)


def _frame(pdf: ReportPdf, top: float, height: float) -> None:
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.2)
    pdf.rect(MARGIN + _LEFT, top, pdf.epw - _LEFT, height)


def _alignment(pdf: ReportPdf, plot: AlignmentPlot, top: float) -> None:
    shown = strips(plot.segments, gap=_BREAK / _UPPER)
    right = pdf.w - MARGIN
    _frame(pdf, top, _UPPER)
    pdf.put(["Source time (h:m:s)"], MARGIN + _LEFT, top - 4, 60, _AXIS)
    for lower, upper in pairwise(shown):
        # A white band with slanted ends says that time is left out here.
        y = top + _UPPER * (1 - upper.low)
        pdf.set_fill_color(255)
        pdf.rect(MARGIN + _LEFT - 1.2, y, pdf.epw - _LEFT + 2.4, _UPPER * (upper.low - lower.high), style="F")
        for edge in (y, y + _UPPER * (upper.low - lower.high)):
            pdf.dashes(MARGIN + _LEFT, edge, right, edge)
        pdf.put(["time left out"], MARGIN + _LEFT, y + 0.3, pdf.epw - _LEFT, _AXIS, align="C")
    labelled: list[float] = []
    for number, segment in enumerate(plot.segments, start=1):
        _segment(pdf, plot, shown, segment, number, top, labelled)


def _segment(
    pdf: ReportPdf,
    plot: AlignmentPlot,
    shown: tuple[Strip, ...],
    segment: Segment,
    number: int,
    top: float,
    labelled: list[float],
) -> None:
    middle = (segment.source_start + segment.source_end) / 2
    strip = next(s for s in shown if s.start <= middle <= s.end)

    def up(moment: float) -> float:
        return top + _UPPER * (1 - strip.place(moment))

    x1, x2 = _across(pdf, plot, segment.suspect_start), _across(pdf, plot, segment.suspect_end)
    y1, y2 = up(segment.source_start), up(segment.source_end)
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.12)
    for x, y in ((x1, y1), (x2, y2)) if len(plot.segments) <= _HELPED else ():
        pdf.dashes(MARGIN + _LEFT, y, x, y)
        pdf.dashes(x, y, x, top + _UPPER)
    for y, moment in ((y1, segment.source_start), (y2, segment.source_end)):
        if all(abs(y - other) > _AXIS.leading for other in labelled):
            pdf.put([clock(moment)], MARGIN, y - _AXIS.leading / 2, _LEFT - 1.5, _AXIS, align="R")
            labelled.append(y)
    pdf.set_draw_color(*_SEGMENT)
    pdf.set_line_width(0.9)
    pdf.line(x1, y1, x2, y2)
    if x2 - x1 > 2.5:
        pdf.put([str(number)], (x1 + x2) / 2 - 5, (y1 + y2) / 2 - 4.6, 4, _NUMBER, align="R")


def _distances(pdf: ReportPdf, plot: AlignmentPlot, top: float) -> None:
    most = max(plot.bits / 2, *(clip.distance for clip in plot.clips))
    _frame(pdf, top, _LOWER)
    pdf.put(["Distance of each clip (bits)"], MARGIN + _LEFT, top - 4, 60, _AXIS)
    for value in (0, most / 2, most):
        y = top + _LOWER * (1 - value / most)
        pdf.put([f"{value:.0f}"], MARGIN, y - _AXIS.leading / 2, _LEFT - 1.5, _AXIS, align="R")
        pdf.set_draw_color(*RULE)
        pdf.set_line_width(0.12)
        if 0 < value < most:
            pdf.dashes(MARGIN + _LEFT, y, pdf.w - MARGIN, y)
    points = [(_across(pdf, plot, c.time), top + _LOWER * (1 - c.distance / most)) for c in thinned(plot.clips)]
    pdf.set_draw_color(*_CLIP)
    pdf.set_line_width(0.3)
    if len(points) > 1:
        pdf.polyline(points)
    pdf.set_fill_color(*_CLIP)
    for x, y in points if len(points) <= 240 else []:
        pdf.circle(x, y, 0.45, style="F")


def _time_axis(pdf: ReportPdf, plot: AlignmentPlot, bottom: float) -> None:
    pdf.set_draw_color(*DEEP)
    pdf.set_line_width(0.25)
    pdf.line(MARGIN + _LEFT, bottom, pdf.w - MARGIN, bottom)
    for moment in ticks(plot.duration):
        x = _across(pdf, plot, moment)
        pdf.line(x, bottom, x, bottom + 1.2)
        if x < pdf.w - MARGIN - 4 or moment == 0:
            label = clock(moment)[:-4] if moment == int(moment) else clock(moment)[:-2]
            pdf.put([label], x - 10, bottom + 1.6, 20, _AXIS, align="C")
    pdf.put(["Exhibit time (h:m:s)"], MARGIN + _LEFT, bottom + 5.2, pdf.epw - _LEFT, _AXIS, align="C")
