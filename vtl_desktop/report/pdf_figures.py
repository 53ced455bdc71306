"""Figures on the report's pages: frame pairs with their masks."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.report.page import FIGURE_CAPTION, MARGIN, MUTED, RULE, SHADE, SMALL, Face, ReportPdf
from vtl_desktop.report.values import PairFigure, Style

_GAP = 4.0
_TALLEST = 78.0  # millimetres; upright pictures stand three in a row
_YIELD = 0.18  # of their height, which pictures give up to stay on a page
_WIDEST_PIXELS = 1000  # more than 300 to the inch at the width of half a page
_LABEL = Face(8, 4.2, bold=True)
_FACT = Face(8.2, 4.2)
_FACT_NAME = Face(7.6, 4.2, MUTED)
_FACT_WARNING = Face(8.2, 4.2, (176, 58, 0), bold=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the parts of a figure lie, in millimetres from its upper left corner."""

    columns: int
    column: float
    tall: float
    row: float
    facts_x: float
    facts_y: float
    facts: list[tuple[str, list[str], Face]]
    total: float


def draw_pair(pdf: ReportPdf, figure: PairFigure) -> None:
    """Exhibit and source beside each other, the mask below (beside them where they are upright), facts, caption."""
    caption = 2 + FIGURE_CAPTION.leading * len(pdf.lines(figure.caption, pdf.epw, FIGURE_CAPTION))
    plan = _plan(pdf, figure, _TALLEST)
    excess = plan.total + caption - pdf.left
    rows = 1 if plan.columns == 3 else 2
    if 0 < excess <= _YIELD * plan.tall * rows:
        # A little smaller is better than half an empty page.
        plan = _plan(pdf, figure, plan.tall - excess / rows - 0.1)
    pdf.need(plan.total + caption)
    top = pdf.y + 1.5
    height, width = figure.suspect.shape[:2]
    pictures = [("Exhibit", figure.suspect), ("Source, as registered", figure.source), ("Mask", figure.mask)]
    with pdf.element("Sect"):
        for number, (label, picture) in enumerate(pictures[:1] if _alone(figure) else pictures):
            left = MARGIN + (number % plan.columns) * (plan.column + _GAP)
            upper = top + (number // plan.columns) * plan.row
            alt = figure.alt if number == 0 else f"{label} of the same moment."
            _picture(pdf, label, picture, alt, (left, upper, plan.tall * width / height, plan.tall))
            if label == "Mask" and picture is not None:
                _legend(pdf, left, upper + _LABEL.leading + plan.tall + 1, plan.column)
        _facts(pdf, plan.facts, MARGIN + plan.facts_x, top + plan.facts_y)
        pdf.set_y(top + plan.total)
        pdf.flow(figure.caption, FIGURE_CAPTION, kind="Caption", after=5)


def _alone(figure: PairFigure) -> bool:
    return figure.source is None and figure.mask is None


def _plan(pdf: ReportPdf, figure: PairFigure, tallest: float) -> _Plan:
    height, width = figure.suspect.shape[:2]
    upright, alone = width < 0.85 * height, _alone(figure)
    columns = 3 if upright else 2
    column = (pdf.epw - _GAP * (columns - 1)) / columns
    tall = min(column * height / width, tallest)
    row = tall + _LABEL.leading + 1.2
    # The facts take the free place of the grid, or stand below it where there is none.
    place = 1 if alone else 0 if upright else 3
    x = (place % columns) * (column + _GAP)
    y = row + 5 if place == 0 else row * (place // columns) + _LABEL.leading - 1
    facts = _fact_lines(pdf, figure, pdf.epw - x)
    facts_end = y + sum(len(lines) for _, lines, _ in facts) * _FACT.leading + 1
    total = max(row * (1 if alone or upright else 2) + (0 if alone else 5), facts_end)
    return _Plan(columns, column, tall, row, x, y, facts, total)


def _picture(
    pdf: ReportPdf,
    label: str,
    picture: NDArray[np.uint8] | None,
    alt: str,
    box: tuple[float, float, float, float],
) -> None:
    x, y, wide, tall = box
    with pdf.tagged("P"):
        pdf.put([label], x, y, wide, _LABEL)
    y += _LABEL.leading
    if picture is None:
        with pdf.artifact():
            pdf.set_fill_color(*SHADE)
            pdf.rect(x, y, wide, tall, style="F")
        with pdf.tagged("P"):
            words = "none was made" if label == "Mask" else "the source's file was not at hand"
            pdf.put(pdf.lines(words, wide, SMALL), x, y + tall / 2 - 2, wide, SMALL, align="C")
    else:
        with pdf.tagged("Figure", alt=alt):
            pdf.image(BytesIO(_encoded(picture)), x, y, wide, tall)
    with pdf.artifact():
        pdf.set_draw_color(*RULE)
        pdf.set_line_width(0.15)
        pdf.rect(x, y, wide, tall)


def _encoded(picture: NDArray[np.uint8]) -> bytes:
    """JPEG of an RGB picture, PNG of a mask, reduced to what print can show."""
    height, width = picture.shape[:2]
    scale = _WIDEST_PIXELS / max(width, height)
    if scale < 1:
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    if picture.ndim == 2:
        _, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    else:
        _, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return data.tobytes()


def _legend(pdf: ReportPdf, x: float, y: float, width: float) -> None:
    """A bar from black to white under the mask, and what its ends mean."""
    steps, label = 32, 17.0
    bar = min(width - 2 * label - 2, 34.0)
    with pdf.artifact():
        for step in range(steps):
            pdf.set_fill_color(round(255 * step / (steps - 1)))
            pdf.rect(x + label + bar * step / steps, y + 0.7, bar / steps + 0.05, 2, style="F")
        pdf.set_draw_color(*RULE)
        pdf.set_line_width(0.15)
        pdf.rect(x + label, y + 0.7, bar, 2)
    with pdf.tagged("P"):
        pdf.put(["0 unchanged"], x, y, label, SMALL)
        pdf.put(["255 changed"], x + label + bar + 1.5, y, label, SMALL)


def _fact_lines(pdf: ReportPdf, figure: PairFigure, width: float) -> list[tuple[str, list[str], Face]]:
    found = []
    for fact in figure.facts:
        face = _FACT_WARNING if fact.style is Style.WARNING else _FACT
        found.append((fact.label, pdf.lines(fact.value, width - 25, face), face))
    return found


def _facts(pdf: ReportPdf, facts: list[tuple[str, list[str], Face]], x: float, y: float) -> None:
    for label, lines, face in facts:
        with pdf.tagged("P"):
            pdf.put([label], x, y, 24, _FACT_NAME)
            pdf.put(lines, x + 25, y, pdf.w - MARGIN - x - 25, face)
        y += len(lines) * _FACT.leading
