"""The drawn plot of a survey: changed area over the exhibit's time, and its changed regions below."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.regions import ADDED_GRAPHICS, ChangedRegion, rows_of
from vtl_desktop.core.survey import runs_of
from vtl_desktop.report.page import DEEP, FIGURE_CAPTION, INK, MARGIN, RULE, SMALL, Face, ReportPdf
from vtl_desktop.report.pdf_plot import ticks
from vtl_desktop.report.values import AreaPlot
from vtl_desktop.report.wording import clock

_LEFT = 20.0
_HEIGHT = 26.0
_ROW = 3.6
_MOST_ROWS = 6
_COLUMNS = 340  # about two to the millimetre
_AXIS = Face(7, 3.4, SMALL.colour)
_NUMBER = Face(6.6, 3.2, INK, bold=True)

ALTERED = (213, 94, 0)
GRAPHICS = (150, 65, 122)
_UNKNOWN = (229, 232, 236)
_PALE = {ALTERED: (244, 196, 163), GRAPHICS: (232, 206, 221)}


def colour_of(kind: str) -> tuple[int, int, int]:
    """Reddish purple for what was laid over the picture, vermilion for what was changed in it, and where it is open."""
    return GRAPHICS if kind == ADDED_GRAPHICS else ALTERED


def nice_top(value: float) -> float:
    """The round share at or above a share, for the end of its axis: 0.01 at least."""
    if value <= 0.01:
        return 0.01
    power = 10 ** math.floor(math.log10(value))
    return min(next(f * power for f in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if f * power >= value - 1e-9), 1.0)


def draw_area_plot(pdf: ReportPdf, plot: AreaPlot) -> None:
    """Curve, regions, axis, and the caption below."""
    rows = rows_of(plot.survey.regions, 0.02 * plot.duration)[:_MOST_ROWS]
    caption = pdf.lines(plot.caption, pdf.epw, FIGURE_CAPTION)
    below = len(rows) * _ROW + (1.5 if rows else 0.0)
    pdf.need(_HEIGHT + below + 18 + len(caption) * FIGURE_CAPTION.leading)
    top = pdf.y + 6
    with pdf.element("Sect"):
        with pdf.tagged("Figure", alt=plot.alt):
            _curve(pdf, plot, top)
            for number, row in enumerate(rows):
                _regions(pdf, plot, row, top + _HEIGHT + 1.5 + number * _ROW)
            bottom = top + _HEIGHT + below
            _time_axis(pdf, plot, bottom)
        pdf.set_y(bottom + 11)
        pdf.flow(plot.caption, FIGURE_CAPTION, kind="Caption", after=3)
    pdf.set_y(pdf.y + 2)


def _across(pdf: ReportPdf, plot: AreaPlot, moment: float) -> float:
    return MARGIN + _LEFT + (pdf.epw - _LEFT) * min(max(moment / plot.duration, 0.0), 1.0)


def _curve(pdf: ReportPdf, plot: AreaPlot, top: float) -> None:
    survey = plot.survey
    step = plot.duration / max(survey.frames, 1)
    entries = survey.area.columns(_COLUMNS, plot.duration, step, survey.examined_until)
    values = np.vstack([survey.area.values, np.full((1, 4), np.nan)])[entries]  # -1: the last row, nothing examined
    most = nice_top(survey.most_share)
    wide = (pdf.epw - _LEFT) / _COLUMNS
    pdf.put(["Changed area (share of the picture)"], MARGIN + _LEFT, top - 4, 90, _AXIS)
    pdf.set_fill_color(*_UNKNOWN)
    for start, end in runs_of(np.isnan(values[:, 1])):
        pdf.rect(MARGIN + _LEFT + start * wide, top, (end - start) * wide, _HEIGHT, style="F")
    for start, end in runs_of(~np.isnan(values[:, 1])):
        part = values[start:end]
        left = MARGIN + _LEFT + start * wide
        altered = part[:, 3] if survey.tells_kinds else part[:, 1]
        zero = np.zeros(len(part))
        if survey.tells_kinds:
            _band(pdf, left, wide, top, altered / most, part[:, 1] / most, GRAPHICS, hatched=True)
        _band(pdf, left, wide, top, zero, altered / most, ALTERED)
    pdf.set_draw_color(*RULE)
    pdf.set_line_width(0.2)
    pdf.rect(MARGIN + _LEFT, top, pdf.epw - _LEFT, _HEIGHT)
    for value in (0.0, most / 2, most):
        y = top + _HEIGHT * (1 - value / most)
        digits = 1 if most < 0.1 else 0
        pdf.put([f"{100 * value:.{digits}f} %"], MARGIN, y - _AXIS.leading / 2, _LEFT - 1.5, _AXIS, align="R")
        if 0 < value < most:
            pdf.set_draw_color(*RULE)
            pdf.set_line_width(0.12)
            pdf.dashes(MARGIN + _LEFT, y, pdf.w - MARGIN, y)


def _band(
    pdf: ReportPdf,
    left: float,
    wide: float,
    top: float,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    colour: tuple[int, int, int],
    *,
    hatched: bool = False,
) -> None:
    """The area between two curves (0 to 1 of the height), with its upper edge; hatched besides, where it is to be."""
    if not np.any(high > low + 1e-6):
        return

    def point(column: float, value: float) -> tuple[float, float]:
        return left + column * wide, top + _HEIGHT * (1 - min(float(value), 1.0))

    # Steps, not slopes: a frame has one value for as long as it lasts.
    upper = [point(column + side, value) for column, value in enumerate(high) for side in (0, 1)]
    lower = [point(column + side, value) for column, value in enumerate(low) for side in (0, 1)]
    pdf.set_fill_color(*_PALE[colour])
    pdf.polygon([*upper, *reversed(lower)], style="F")
    pdf.set_draw_color(*colour)
    if hatched:
        pdf.set_line_width(0.12)
        for column in range(0, len(high), 3):
            x, above = point(column + 0.5, high[column])
            _, under = point(column + 0.5, low[column])
            if under - above > 0.2:
                pdf.line(x, above, x, under)
    pdf.set_line_width(0.25)
    pdf.polyline(upper)


def _regions(pdf: ReportPdf, plot: AreaPlot, regions: list[ChangedRegion], y: float) -> None:
    for region in regions:
        x1, x2 = _across(pdf, plot, region.start), _across(pdf, plot, region.end)
        x2 = max(x2, x1 + 0.8)
        colour = colour_of(region.kind)
        pdf.set_fill_color(*_PALE[colour])
        pdf.set_draw_color(*colour)
        pdf.set_line_width(0.25)
        pdf.rect(x1, y + 0.4, x2 - x1, _ROW - 0.8, style="DF")
        if region.kind == ADDED_GRAPHICS:
            pdf.set_line_width(0.12)
            for k in range(1, int((x2 - x1) / 1.5) + 1):
                pdf.line(min(x1 + 1.5 * k, x2), y + 0.4, min(x1 + 1.5 * k, x2), y + _ROW - 0.4)
        number = str(region.number)
        if x2 - x1 > 3.5:
            pdf.set_fill_color(255)
            pdf.rect(x1 + 0.6, y + 0.55, 1.4 + 1.3 * len(number), _ROW - 1.1, style="F")
        pdf.put([number], x1 + 1.0 if x2 - x1 > 3.5 else x2 + 0.5, y + 0.2, 8, _NUMBER)


def _time_axis(pdf: ReportPdf, plot: AreaPlot, bottom: float) -> None:
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
