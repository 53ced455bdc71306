"""Report content to PDF/A-3: tagged, fonts embedded, the JSON attached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fpdf.errors import FPDFException

from vtl_desktop.core.errors import ReportError
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.report.fonts import needs_cjk, printable
from vtl_desktop.report.json_report import all_text
from vtl_desktop.report.page import (
    ALARM,
    FACES,
    MARGIN,
    RULE,
    SMALL,
    SUBTITLE,
    TITLE,
    Face,
    ReportPdf,
)
from vtl_desktop.report.pdf_area_plot import draw_area_plot
from vtl_desktop.report.pdf_figures import draw_pair
from vtl_desktop.report.pdf_plot import draw_plot
from vtl_desktop.report.pdf_tables import draw_facts, draw_table, room_for
from vtl_desktop.report.values import (
    AlignmentPlot,
    AreaPlot,
    Block,
    Bullets,
    Facts,
    PairFigure,
    ReportContent,
    Signatures,
    Table,
    Text,
)

_BADGE = Face(9.5, 5, ALARM, bold=True)


def render_pdf(
    content: ReportContent,
    attachment: bytes,
    attachment_name: str,
    *,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> bytes:
    """The report as the bytes of a PDF file.

    Args:
        content: what it says.
        attachment: the same as JSON; lies in the PDF under `attachment_name`.
        progress, cancel: of the job.

    Raises:
        ReportError: the fonts are missing, or the PDF cannot be made.
        Cancelled: when told to stop.
    """
    try:
        pdf = ReportPdf(content, cjk=needs_cjk(printable(all_text(content))))
        pdf.new_page()
        _title(pdf, content)
        for number, section in enumerate(content.sections):
            if cancel is not None:
                cancel.check()
            progress(0.9 * number / len(content.sections), f"Laying out: {section.title}")
            signed = any(isinstance(block, Signatures) for block in section.blocks)
            pdf.heading(section.title, room=70.0 if signed else 18.0 + room_for(pdf, section.blocks[0]))
            for block in section.blocks:
                _draw(pdf, block)
        pdf.embed_file(
            bytes=attachment,
            basename=attachment_name,
            mime_type="application/json",
            associated_file_relationship="Data",
            desc="The content of this report, and the values behind it, as JSON",
            modification_date=datetime.fromisoformat(content.issued_at),
            compress=True,
        )
        return bytes(pdf.output())
    except FPDFException as error:
        raise ReportError(f"The report {content.report_id} could not be laid out: {error}.", "Report this.") from error


def _draw(pdf: ReportPdf, block: Block) -> None:
    drawers: dict[type, Callable[[ReportPdf, object], None]] = {
        Text: _text,
        Bullets: _bullets,
        Facts: draw_facts,
        Table: draw_table,
        AlignmentPlot: draw_plot,
        AreaPlot: draw_area_plot,
        PairFigure: draw_pair,
        Signatures: _signatures,
    }  # type: ignore[dict-item]
    drawers[type(block)](pdf, block)


def _title(pdf: ReportPdf, content: ReportContent) -> None:
    y = pdf.y
    with pdf.tagged("H1"):
        pdf.put([content.title], MARGIN, y, pdf.epw, TITLE)
    width = 46.0
    with pdf.artifact():
        pdf.set_draw_color(*ALARM)
        pdf.set_line_width(0.5)
        pdf.rect(pdf.w - MARGIN - width, y + 1.5, width, 8)
    with pdf.tagged("P"):
        pdf.put([content.status], pdf.w - MARGIN - width, y + 3, width, _BADGE, align="C")
    pdf.set_xy(MARGIN, y + TITLE.leading + 1)
    pdf.flow(content.subtitle, SUBTITLE, after=3.5)
    draw_facts(pdf, content.heading)


def _text(pdf: ReportPdf, block: Text) -> None:
    pdf.flow(block.text, FACES[block.style])


def _bullets(pdf: ReportPdf, block: Bullets) -> None:
    face = FACES[Text("").style]
    with pdf.element("L"):
        for item in block.items:
            pdf.need(2 * face.leading)
            with pdf.artifact():
                pdf.put(["•"], MARGIN + 1, pdf.y, 3, face)
            with pdf.element("LI"):
                pdf.flow(item, face, kind="LBody", after=0.9, x=MARGIN + 5)
    pdf.set_y(pdf.y + 1.2)


def _signatures(pdf: ReportPdf, block: Signatures) -> None:
    pdf.need(20 * len(block.names))
    for role, name in block.names:
        y = pdf.y + 12
        with pdf.artifact():
            pdf.set_draw_color(*RULE)
            pdf.set_line_width(0.3)
            for x, width in ((MARGIN, 70), (MARGIN + 76, 34), (MARGIN + 116, 54)):
                pdf.line(x, y, x + width, y)
        with pdf.tagged("P"):
            pdf.put([printable(f"{role}: {name}" if name else role)], MARGIN, y + 0.8, 70, SMALL)
            pdf.put(["Date"], MARGIN + 76, y + 0.8, 34, SMALL)
            pdf.put(["Signature"], MARGIN + 116, y + 0.8, 54, SMALL)
        pdf.set_xy(MARGIN, y + 6)
