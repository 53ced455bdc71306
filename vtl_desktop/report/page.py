"""The page of the report: margins, header, footer, headings, and text that flows from page to page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fpdf.bidi import BidiParagraph
from fpdf.enums import MethodReturnValue, TextDirection, WrapMode

from vtl_desktop.report import fonts
from vtl_desktop.report.fonts import printable
from vtl_desktop.report.tagging import TaggedPdf
from vtl_desktop.report.values import ReportContent, Style

MARGIN = 20.0
TOP = 26.0
BOTTOM = 22.0

INK = (28, 28, 30)
MUTED = (92, 97, 104)
RULE = (186, 191, 198)
SHADE = (243, 245, 247)
DEEP = (27, 54, 93)
ALARM = (176, 58, 0)

_BREAK = "\u200b"  # where a line may end; taken out again before it is drawn
# After a character of Chinese or Japanese, unless punctuation follows; in long names, after what joins their parts.
_AFTER_CJK = re.compile("[\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff60](?![\u3001-\u3011\uff01-\uff1f])")
_LONG_WORD = re.compile(r"\S{40,}")
_JOINT = re.compile(r"[_/\\](?=\w)")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_WATERMARK = (246, 246, 247)


@dataclass(frozen=True, slots=True)
class Face:
    """How text is set: font, size in points, line height in millimetres, colour."""

    size: float
    leading: float
    colour: tuple[int, int, int] = INK
    bold: bool = False
    family: str = fonts.TEXT
    anywhere: bool = False  # broken at any character, as digests and paths must be


FACES = {
    Style.BODY: Face(9.5, 4.9),
    Style.NOTE: Face(8.5, 4.3, MUTED),
    Style.STATEMENT: Face(9.5, 4.9, bold=True),
    Style.WARNING: Face(9.5, 4.9, ALARM, bold=True),
    Style.CODE: Face(8.0, 4.3, family=fonts.CODE, anywhere=True),
}
TITLE = Face(24, 11, DEEP, bold=True)
SUBTITLE = Face(13, 6.4)
HEADING = Face(13, 6.2, DEEP, bold=True)
CAPTION = Face(8.5, 4.3, bold=True)
FIGURE_CAPTION = Face(8.5, 4.3)
CELL = Face(8.5, 4.3)
HEAD_CELL = Face(8, 3.9, MUTED, bold=True)
SMALL = Face(7.5, 3.8, MUTED)
SMALL_ALARM = Face(7.5, 3.8, ALARM, bold=True)


def _with_breaks(paragraph: str) -> str:
    paragraph = _AFTER_CJK.sub(f"\\g<0>{_BREAK}", paragraph)
    return _LONG_WORD.sub(lambda word: _JOINT.sub(f"\\g<0>{_BREAK}", word.group()), paragraph)


def _in_order_of_sight(line: str) -> str:
    """Hebrew and Arabic turned round, as a PDF draws from left to right; their names stand in a line that does too."""
    if not _RIGHT_TO_LEFT.search(line):
        return line
    return BidiParagraph(text=line, base_direction=TextDirection.LTR).get_reordered_string()


class ReportPdf(TaggedPdf):
    """The report's pages. The cursor is `x`, `y` in millimetres from the upper left corner."""

    def __init__(self, content: ReportContent, *, cjk: bool) -> None:
        super().__init__(content.language)
        self._content = content
        self._current: Face | None = None
        self.set_margins(MARGIN, TOP, MARGIN)
        self.set_auto_page_break(False)  # content of one element must not reach over a page: breaks are made here
        self.c_margin = 0
        fallback = [fonts.TEXT, fonts.WIDE]
        for family, style in fonts.FILES:
            if family != fonts.CJK:
                self.add_font(family, style, fonts.font_file(family, style))
        if cjk:
            self.add_font(fonts.CJK, "", fonts.font_file(fonts.CJK))
            fallback.append(fonts.CJK)
        self.set_fallback_fonts(fallback, exact_match=False)
        self.set_title(f"{content.title} {content.report_id}: {printable(content.subtitle)}")
        self.set_author(printable(content.author) or "not named")
        self.set_subject(f"{content.title}, {content.status}")
        self.set_creator("VTL Desktop")
        self.set_creation_date(datetime.fromisoformat(content.issued_at))

    def header(self) -> None:
        with self.artifact():
            self._current = None
            self.use(Face(64, 64, _WATERMARK, bold=True))
            word = self._content.status.split()[0]
            with self.rotation(52, self.w / 2, self.h / 2):
                self.text(self.w / 2 - self.get_string_width(word) / 2, self.h / 2 + 10, word)
            if self.page > 1:  # the first page has title and status in large
                self._line_of(11, self._content.title, self._content.status, SMALL_ALARM)
                self.rule(17.5, 0.2)
        self.set_xy(MARGIN, TOP)

    def footer(self) -> None:
        with self.artifact():
            self._current = None
            self.rule(self.h - 16, 0.2)
            self.use(SMALL)
            # The place-holder for the number of pages is wider than the number.
            excess = self.get_string_width("{nb}") - self.get_string_width("00")
            self._line_of(
                self.h - 14, f"Report {self._content.report_id}", f"Page {self.page} of {{nb}}", SMALL, excess=excess
            )

    def _line_of(self, y: float, left: str, right: str, right_face: Face, *, excess: float = 0.0) -> None:
        self.use(SMALL)
        self.set_xy(MARGIN, y)
        self.cell(self.epw / 2, 4, printable(left), align="L")
        self.use(right_face)
        self.cell(self.epw / 2 + excess, 4, right, align="R")

    def rule(self, y: float, thickness: float, colour: tuple[int, int, int] = RULE) -> None:
        """A line from margin to margin."""
        self.set_draw_color(*colour)
        self.set_line_width(thickness)
        self.line(MARGIN, y, self.w - MARGIN, y)

    def dashes(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A dashed line."""
        self.set_dash_pattern(0.8, 0.8)
        self.line(x1, y1, x2, y2)
        self.set_dash_pattern()

    @property
    def left(self) -> float:
        """Millimetres left on this page below the cursor."""
        return self.h - BOTTOM - self.y

    def new_page(self) -> None:
        self.add_page()
        self._current = None

    def need(self, height: float) -> None:
        """Begins a new page unless so many millimetres are left."""
        if self.left < height and self.y > TOP:
            self.new_page()

    def use(self, face: Face) -> None:
        """Sets font and colour."""
        if face != self._current:
            self.set_font(face.family, "B" if face.bold else "", face.size)
            self.set_text_color(*face.colour)
            self._current = face

    def lines(self, text: str, width: float, face: Face) -> list[str]:
        """The lines that a text takes in a width; at least one."""
        self.use(face)
        text = printable(text.replace("\r\n", "\n").replace("\t", "    ")).rstrip()
        found: list[str] = []
        for paragraph in text.split("\n"):
            if self.get_string_width(paragraph) <= width:  # most are short, and wrapping is slow
                found.append(paragraph)
            elif face.family == fonts.CODE and paragraph.isascii():
                count = max(int(width / self.get_string_width("0")), 1)
                found += [paragraph[i : i + count] for i in range(0, len(paragraph), count)]
            else:
                found += self._wrapped(paragraph, width, face.anywhere)
        return found

    def _wrapped(self, paragraph: str, width: float, anywhere: bool) -> list[str]:
        lines = self.multi_cell(
            width,
            text=paragraph if anywhere else _with_breaks(paragraph),
            align="L",
            dry_run=True,
            output=MethodReturnValue.LINES,
            wrapmode=WrapMode.CHAR if anywhere else WrapMode.WORD,
        )
        assert isinstance(lines, list)
        return [line.replace(_BREAK, "") for line in lines]

    def put(self, lines: list[str], x: float, y: float, width: float, face: Face, *, align: str = "L") -> None:
        """Draws lines from an upper left corner; does not move to a new page."""
        self.use(face)
        for number, line in enumerate(lines):
            self.set_xy(x, y + number * face.leading)
            self.cell(width, face.leading, _in_order_of_sight(line), align=align)

    def flow(self, text: str, face: Face, *, kind: str = "P", after: float = 1.8, x: float = MARGIN) -> None:
        """A paragraph from the cursor on, over as many pages as it takes; the cursor goes below it."""
        width = self.w - MARGIN - x
        rest = self.lines(text, width, face)
        while rest:
            fitting = max(int(self.left / face.leading), 0)
            if fitting < min(len(rest), 2) and self.y > TOP:
                self.new_page()
                continue
            part, rest = rest[: max(fitting, 1)], rest[max(fitting, 1) :]
            y = self.y
            with self.tagged(kind):
                self.put(part, x, y, width, face)
            self.set_xy(MARGIN, y + len(part) * face.leading)
        self.set_xy(MARGIN, self.y + after)

    def heading(self, title: str, *, room: float = 34.0) -> None:
        """A section's title and an entry in the outline; `room` millimetres stay for it and what follows it."""
        self.need(room)
        if self.y > TOP:
            self.set_y(self.y + 4.5)
        self.start_section(printable(title))
        y = self.y
        with self.tagged("H2"):
            lines = self.lines(title, self.epw, HEADING)
            self.put(lines, MARGIN, y, self.epw, HEADING)
        y += len(lines) * HEADING.leading + 0.6
        with self.artifact():
            self.rule(y, 0.35, DEEP)
        self.set_xy(MARGIN, y + 2.6)
