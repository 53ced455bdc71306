from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import pdf_text, sample_case
from vtl_desktop.core.errors import Cancelled
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.report.content import build_content
from vtl_desktop.report.json_report import FORMAT, render_json
from vtl_desktop.report.pdf import render_pdf
from vtl_desktop.report.values import Circumstances, Recheck

AT = "2026-11-20T11:00:00.000+00:00"
PLAIN = Circumstances("VTL-20261120-110000-ABCDEF", AT, Recheck(sample_case.SHA, AT))

LIGHT = sample_case.case(trace=sample_case.trace(1), pairs=(), exhibit=sample_case.exhibit("a.mp4"))


def render(case, circumstances=PLAIN) -> bytes:
    content = build_content(case, circumstances)
    return render_pdf(content, render_json(content, case, circumstances), "report.json")


def small(number: int, **changes: object):
    return sample_case.pair(number, width=160, height=90, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def full() -> bytes:
    return render(sample_case.case(pairs=tuple(small(n) for n in range(3))))


def test_every_page_has_number_total_report_and_status(full):
    pages = pdf_text.page_texts(full)
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Report VTL-20261120-110000-ABCDEF" in page
        assert "DRAFT – unsigned" in page


def test_text_can_be_read_back_in_any_script(full):
    text = pdf_text.text(full)
    assert sample_case.CJK_NAME in text
    assert "Dr. A. Müller" in text
    assert sample_case.SHA in pdf_text.joined(full)
    assert "The ranking was produced by an automated method; the conclusion is the examiner's." in text


def test_it_is_archival_all_fonts_inside_nothing_transparent(full):
    assert b"<pdfaid:part>3</pdfaid:part>" in full
    found = pdf_text.objects(full)
    descriptors = [body for body in found.values() if b"/Type /FontDescriptor" in body]
    assert len(descriptors) >= 4
    assert all(b"/FontFile2" in body or b"/FontFile3" in body for body in descriptors)
    assert b"/SMask" not in full
    assert b"/JavaScript" not in full


def test_the_json_lies_inside(full):
    assert b"/AFRelationship /Data" in full
    body = next(b for b in pdf_text.objects(full).values() if b"/Type /EmbeddedFile" in b)
    document = json.loads(pdf_text.stream(body))
    assert document["format"] == FORMAT
    assert document["case"]["exhibit"]["sha256"] == sample_case.SHA


def test_headings_are_in_the_outline_and_pictures_have_words(full):
    titles = [t.decode("utf-16-be") for t in re.findall(rb"/Title \(\xfe\xff(.*?)\)\n", full, re.DOTALL)]
    plain = re.findall(rb"/Title \((\d+  [\w ]+)\)", full)
    assert len(titles) + len(plain) >= 10
    assert full.count(b"/Alt ") == 2 + 3 * 3


def test_long_names_and_huge_notes_stay_on_the_page():
    long = sample_case.LONG_NAME
    finding = sample_case.finding(observations="One observation follows another. " * 400, examiner="x" * 200)
    case = sample_case.case(
        exhibit=sample_case.exhibit(long),
        trace=sample_case.trace(10, names=(long, "档案" * 60 + ".mkv", "evil\u202egpj.mp4")),
        findings=(finding,),
        details=sample_case.details(notes="收到这是一个很长的备注，没有空格。" * 80, name="Case " * 60),
        pairs=(small(0), small(1, source_there=False), sample_case.pair(2, width=90, height=160)),
    )
    pdf = render(case)
    joined = pdf_text.joined(pdf)
    assert joined.count(long) >= 3
    assert "档案" * 60 + ".mkv" in joined
    assert "evil[U+202E]gpj.mp4" in joined
    assert joined.count("follows") == 400
    found = pdf_text.objects(pdf)
    for body in found.values():
        if b"/Type /Page\n" in body:
            content = pdf_text.stream(found[int(re.search(rb"/Contents (\d+)", body)[1])])  # type: ignore[index]
            places = [(float(x), float(y)) for x, y in re.findall(rb"BT (-?[\d.]+) (-?[\d.]+) Td", content)]
            assert all(20 < x < 570 and 30 < y < 820 for x, y in places)


@pytest.mark.parametrize(
    "case",
    [
        sample_case.case(trace=sample_case.trace(2, decision="no_source"), pairs=(), findings=()),
        sample_case.case(trace=sample_case.trace(0, decision="no_source"), pairs=(), findings=()),
        sample_case.case(exhibit=sample_case.exhibit("p.png", kind="image", duration=0.0), pairs=()),
        replace(sample_case.case(), exhibit=None, trace=None, pairs=(), findings=(), log=(), versions={}),
    ],
)
def test_every_kind_of_case_can_be_printed(case):
    assert "No conclusion was recorded." in pdf_text.text(render(case)) or case.findings


def test_a_changed_exhibit_is_printed_in_red():
    circumstances = replace(PLAIN, recheck=Recheck("f" * 64, AT))
    pdf = render(sample_case.case(trace=sample_case.trace(1), pairs=()), circumstances)
    assert "NOT IDENTICAL" in pdf_text.text(pdf)
    pages = pdf_text.objects(pdf)
    red = b"0.6902 0.2275 0 rg"
    assert any(
        b"/MCID" in s and red in s for s in (pdf_text.stream(b) for b in pages.values() if b"/FlateDecode" in b[:200])
    )


def test_pictures_are_reduced_for_print_and_masks_kept_without_loss():
    large = sample_case.pair(0, width=1600, height=900)
    pdf = render(replace(LIGHT, pairs=(replace(large, mask=np.zeros((900, 1600), np.uint8)),)))
    widths = {int(w) for w in re.findall(rb"/Width (\d+)", pdf)}
    assert widths == {1000}
    assert pdf.count(b"/DCTDecode") == 2
    assert len(pdf) < 1_500_000


def test_cancel_stops_it():
    cancel = CancelToken()
    cancel.cancel()
    content = build_content(LIGHT, PLAIN)
    with pytest.raises(Cancelled):
        render_pdf(content, b"{}", "report.json", cancel=cancel)


def test_progress_goes_forward():
    seen: list[float] = []
    content = build_content(LIGHT, PLAIN)
    render_pdf(content, b"{}", "report.json", progress=lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert len(seen) == len(content.sections)


def test_hebrew_and_arabic_are_drawn_in_the_order_of_sight():
    pdf = render(replace(LIGHT, details=sample_case.details(name="עדות.mp4 أرشيف")))
    assert "תודע" in pdf_text.text(pdf)
    assert "mp4 فيشرأ" in pdf_text.text(pdf)
