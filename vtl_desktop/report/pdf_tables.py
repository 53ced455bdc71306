"""Tables and lists of facts on the report's pages: rows that break over pages, heads that are repeated."""

from __future__ import annotations

from dataclasses import dataclass

from vtl_desktop.report.page import CAPTION, CELL, FACES, HEAD_CELL, MARGIN, SHADE, TOP, Face, ReportPdf
from vtl_desktop.report.values import Block, Column, Fact, Facts, Style, Table

_PAD = 0.9  # millimetres above and below the text of a cell
_GAP = 3.0  # between columns
_EDGE = 1.5  # between the border of a table and its text
_LABEL_WIDTH = 42.0
_KEPT_WHOLE = 90.0  # a table no higher than this is not torn over two pages
_FACTS_KEPT_WHOLE = 72.0
_LABEL = Face(8.2, 4.3, HEAD_CELL.colour)
_CODE = Face(7.4, 4.0, family=FACES[Style.CODE].family, anywhere=True)


@dataclass(frozen=True, slots=True)
class _Cell:
    lines: list[str]
    x: float
    width: float
    face: Face
    align: str
    kind: str


def draw_table(pdf: ReportPdf, table: Table) -> None:
    """A table with its caption above and its note below."""
    head, rows = _rows(pdf, table)
    pdf.need(_kept([head, *rows], _KEPT_WHOLE))
    pdf.set_y(pdf.y + 1.5)
    with pdf.element("Table"):
        pdf.flow(table.caption, CAPTION, kind="Caption", after=0.8)
        _row(pdf, head, shaded=True)
        for row in rows:
            _row(pdf, row, again=head)
    pdf.set_y(pdf.y + 1.2)
    if table.note:
        pdf.flow(table.note, FACES[Style.NOTE], after=2.5)
    pdf.set_y(pdf.y + 1.0)


def draw_facts(pdf: ReportPdf, facts: Facts) -> None:
    """Names at the left, values at the right."""
    if not facts.rows:
        return
    rows = [_fact(pdf, fact) for fact in facts.rows]
    pdf.need(_kept(rows, _FACTS_KEPT_WHOLE))
    if facts.caption:
        pdf.set_y(pdf.y + 1.5)
        pdf.flow(facts.caption, CAPTION, after=0.8)
    with pdf.element("Table"):
        for row in rows:
            _row(pdf, row)
    pdf.set_y(pdf.y + 2.2)


def room_for(pdf: ReportPdf, block: Block) -> float:
    """Millimetres that the part of a block takes which is not torn over two pages; for what stands above it."""
    if isinstance(block, Table):
        head, rows = _rows(pdf, block)
        return _kept([head, *rows], _KEPT_WHOLE)
    if isinstance(block, Facts):
        return _kept([_fact(pdf, fact) for fact in block.rows], _FACTS_KEPT_WHOLE)
    return 16.0


def _kept(rows: list[list[_Cell]], limit: float) -> float:
    whole = 2 * CAPTION.leading + sum(_height(row) for row in rows)
    return whole if whole <= limit else 24.0


def _rows(pdf: ReportPdf, table: Table) -> tuple[list[_Cell], list[list[_Cell]]]:
    widths = _widths(pdf, table.columns)
    head = _head(pdf, table.columns, widths)
    return head, [_body(pdf, table.columns, widths, row) for row in table.rows]


def _fact(pdf: ReportPdf, fact: Fact) -> list[_Cell]:
    x, face = MARGIN + _LABEL_WIDTH + _GAP, _value_face(fact.style)
    width = pdf.w - MARGIN - x
    return [
        _Cell(pdf.lines(fact.label, _LABEL_WIDTH, _LABEL), MARGIN, _LABEL_WIDTH, _LABEL, "L", "TH"),
        _Cell(pdf.lines(fact.value, width, face), x, width, face, "L", "TD"),
    ]


def _value_face(style: Style) -> Face:
    face = FACES[style]
    return face if style is Style.CODE else Face(8.8, 4.5, face.colour, face.bold)


def _widths(pdf: ReportPdf, columns: tuple[Column, ...]) -> list[float]:
    free = pdf.epw - 2 * _EDGE - _GAP * (len(columns) - 1)
    total = sum(column.share for column in columns)
    return [free * column.share / total for column in columns]


def _places(widths: list[float]) -> list[float]:
    places, x = [], MARGIN + _EDGE
    for width in widths:
        places.append(x)
        x += width + _GAP
    return places


def _head(pdf: ReportPdf, columns: tuple[Column, ...], widths: list[float]) -> list[_Cell]:
    return [
        _Cell(pdf.lines(column.title, width, HEAD_CELL), x, width, HEAD_CELL, "R" if column.right else "L", "TH")
        for column, width, x in zip(columns, widths, _places(widths), strict=True)
    ]


def _body(pdf: ReportPdf, columns: tuple[Column, ...], widths: list[float], row: tuple[str, ...]) -> list[_Cell]:
    cells = []
    for column, width, x, text in zip(columns, widths, _places(widths), row, strict=True):
        face = _CODE if column.code else CELL
        cells.append(_Cell(pdf.lines(text, width, face), x, width, face, "R" if column.right else "L", "TD"))
    return cells


def _height(cells: list[_Cell]) -> float:
    return max(len(cell.lines) for cell in cells) * max(cell.face.leading for cell in cells) + 2 * _PAD


def _row(pdf: ReportPdf, cells: list[_Cell], *, again: list[_Cell] | None = None, shaded: bool = False) -> None:
    """One row, over several pages if it must; `again` is the head, repeated on each."""
    start = 0
    longest = max(len(cell.lines) for cell in cells)
    leading = max(cell.face.leading for cell in cells)
    while start < longest:
        fitting = int((pdf.left - 2 * _PAD) / leading)
        # A row that fits on one page is not torn apart; a longer one is.
        wanted = longest - start if (longest - start) * leading < pdf.h / 2 else 3
        if fitting < wanted and pdf.y > TOP + 1:
            pdf.new_page()
            if again is not None:
                _row(pdf, again, shaded=True)
            continue
        end = start + max(fitting, 1)
        _part(pdf, cells, start, end, leading, shaded)
        start = end


def _part(pdf: ReportPdf, cells: list[_Cell], start: int, end: int, leading: float, shaded: bool) -> None:
    y = pdf.y
    count = max(len(cell.lines[start:end]) for cell in cells)
    height = count * leading + 2 * _PAD
    with pdf.artifact():
        if shaded:
            pdf.set_fill_color(*SHADE)
            pdf.rect(MARGIN, y, pdf.epw, height, style="F")
        pdf.rule(y + height, 0.15)
    with pdf.element("TR"):
        for cell in cells:
            with pdf.tagged(cell.kind):
                # Lines of different height in one row share the first line's middle.
                shift = (leading - cell.face.leading) / 2
                lines = cell.lines[start:end]
                pdf.put(lines, cell.x, y + _PAD + shift, cell.width, cell.face, align=cell.align)
    pdf.set_xy(MARGIN, y + height)
