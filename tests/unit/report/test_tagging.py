from __future__ import annotations

import re

from tests.helpers.pdf_text import objects, stream
from vtl_desktop.report import fonts
from vtl_desktop.report.tagging import TaggedPdf


def _document() -> bytes:
    pdf = TaggedPdf("en-GB")
    pdf.set_title("Test")
    pdf.add_font("T", "", fonts.font_file(fonts.TEXT))
    pdf.set_font("T", "", 10)
    pdf.add_page()
    with pdf.tagged("H1"):
        pdf.cell(text="Title")
    with pdf.element("Table"):
        with pdf.element("TR"):
            for word in ("a", "b"):
                with pdf.tagged("TD"):
                    pdf.cell(text=word)
        pdf.add_page()
        pdf.set_font("T", "", 10)
        with pdf.element("TR"), pdf.tagged("TD"):
            pdf.cell(text="c")
    with pdf.artifact():
        pdf.line(10, 10, 20, 20)
    with pdf.tagged("Figure", alt="a line"):
        pdf.line(10, 10, 20, 20)
    return bytes(pdf.output())


def test_elements_are_nested_and_lie_on_their_pages():
    found = objects(_document())
    elements = {number: body for number, body in found.items() if b"/Type /StructElem" in body}
    kinds = {number: re.search(rb"/S /(\w+)", body)[1] for number, body in elements.items()}  # type: ignore[index]
    children = {
        number: [int(n) for n in re.findall(rb"(\d+) 0 R", re.search(rb"/K \[(.*?)\]", body, re.DOTALL)[1])]  # type: ignore[index]
        for number, body in elements.items()
    }
    document = next(n for n, kind in kinds.items() if kind == b"Document")

    def tree(number: int) -> list:
        return [kinds[number].decode(), [tree(child) for child in children[number]]]

    assert tree(document) == [
        "Document",
        [
            ["H1", []],
            ["Table", [["TR", [["TD", []], ["TD", []]]], ["TR", [["TD", []]]]]],
            ["Figure", []],
        ],
    ]
    pages = [n for n, body in sorted(found.items()) if b"/Type /Page\n" in body]
    on_page = {n: int(re.search(rb"/Pg (\d+) 0 R", body)[1]) for n, body in elements.items() if b"/Pg" in body}  # type: ignore[index]
    cells = [n for n in sorted(elements) if kinds[n] == b"TD"]
    assert [pages.index(on_page[n]) for n in cells] == [0, 0, 1]


def test_every_mark_is_in_the_page_and_in_the_parent_tree():
    pdf = _document()
    found = objects(pdf)
    contents = [
        stream(found[int(re.search(rb"/Contents (\d+)", b)[1])]) for b in found.values() if b"/Type /Page\n" in b
    ]  # type: ignore[index]
    assert [re.findall(rb"/(\w+) <</MCID (\d+)>> BDC", content) for content in contents] == [
        [(b"H1", b"0"), (b"TD", b"1"), (b"TD", b"2")],
        [(b"TD", b"0"), (b"Figure", b"1")],
    ]
    assert contents[1].count(b"/Artifact BMC") == 1
    assert all(content.count(b"BDC") + content.count(b"BMC") == content.count(b"EMC") for content in contents)
    tree = next(body for body in found.values() if b"/Nums" in body)
    assert [len(re.findall(rb"0 R", part)) for part in re.findall(rb"\d+ \[(.*?)\]", tree, re.DOTALL)][-2:] == [3, 2]
    assert b"/Alt (a line)" in pdf


def test_it_is_marked_as_tagged_archival_and_in_a_language():
    pdf = _document()
    assert b"/MarkInfo <</Marked true>>" in pdf
    assert b"/Lang (en-GB)" in pdf
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"/GTS_PDFA1" in pdf
