"""A tagged PDF/A-3 document on top of fpdf2.

fpdf2 tags pictures only. This adds the rest of the structure that a reading program needs: headings, paragraphs, lists,
tables with their cells; and it marks what is decoration. It reaches into fpdf2's structure tree, which is not part of
its public interface; `tests/unit/report/test_tagging.py` fails when that changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fpdf import FPDF
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFArray, PDFObject


class _AllElements(PDFArray):
    """All elements of the document in order; written out are only those directly below the document.

    fpdf2 sets the page of every element it finds here, so that nested ones must be here too.
    """

    def __init__(self, root: PDFObject) -> None:
        super().__init__()
        self._root = root

    def serialize(self, *arguments: Any, **named: Any) -> str:
        top = PDFArray(element for element in self if element.p is self._root)
        return top.serialize(*arguments, **named)


class _NestedTree(StructureTreeBuilder):
    """fpdf2's structure tree, with elements inside elements."""

    def __init__(self) -> None:
        super().__init__()
        self.doc_struct_elem.k = _AllElements(self.doc_struct_elem)
        self._marks: Counter[int] = Counter()
        self._parents: list[StructElem] = [self.doc_struct_elem]

    def next_mcid_for_page(self, page_number: int) -> int:
        return self._marks[page_number]

    def open_element(self, kind: str, page: int) -> StructElem:
        """An element that holds others; those added until `close_element` lie in it."""
        element = StructElem(f"/{kind}", self._parents[-1], [], page_number=page)
        self._hang(element)
        self._parents.append(element)
        return element

    def close_element(self) -> None:
        self._parents.pop()

    def add_marked_content(
        self, page_number: int, struct_type: str, *args: Any, **named: Any
    ) -> tuple[StructElem, int]:
        element, page_id = super().add_marked_content(page_number, struct_type, *args, **named)
        self.doc_struct_elem.k.pop()
        element.p = self._parents[-1]
        self._hang(element)
        self._marks[page_number] += 1
        return element, page_id

    def _hang(self, element: StructElem) -> None:
        self.doc_struct_elem.k.append(element)
        parent = element.p
        if isinstance(parent, StructElem) and parent is not self.doc_struct_elem:
            parent.k.append(element)


class TaggedPdf(FPDF):
    """PDF/A-3B with a structure tree.

    Everything drawn goes into `tagged` (content) or `artifact` (decoration), within one page.
    """

    def __init__(self, language: str) -> None:
        super().__init__(format="A4", unit="mm", enforce_compliance="PDF/A-3B")
        self.struct_builder = _NestedTree()
        self.set_lang(language)

    @contextmanager
    def element(self, kind: str) -> Iterator[None]:
        """A structure element that holds others: Table, TR, L, LI ... May reach over pages."""
        tree = self.struct_builder
        assert isinstance(tree, _NestedTree)
        tree.open_element(kind, self.page)
        try:
            yield
        finally:
            tree.close_element()

    @contextmanager
    def tagged(self, kind: str, *, alt: str | None = None) -> Iterator[None]:
        """Content of one structure element: P, H1, TD, Figure ... Must not reach over pages."""
        tree = self.struct_builder
        mark = tree.next_mcid_for_page(self.page)
        _, page_id = tree.add_marked_content(self.page, f"/{kind}", mcid=mark, alt_text=alt)
        self.pages[self.page].struct_parents = page_id
        self._out(f"/{kind} <</MCID {mark}>> BDC")
        page = self.page
        yield
        assert self.page == page, "content of one element reached over a page"
        self._out("EMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Decoration: rules, backgrounds, page numbers. Reading programs pass over it."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")
