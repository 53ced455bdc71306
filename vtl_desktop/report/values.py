"""What a report is made of: plain values, laid out by the PDF and written out by the JSON alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.survey import Survey
from vtl_desktop.core.tracing import ClipDistance


class Style(StrEnum):
    """How a piece of text is meant."""

    BODY = "body"
    NOTE = "note"
    STATEMENT = "statement"
    WARNING = "warning"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, or several with empty lines between them."""

    text: str
    style: Style = Style.BODY


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short items, one under the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is known under it."""

    label: str
    value: str
    style: Style = Style.BODY


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values in two columns."""

    rows: tuple[Fact, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Attributes:
    title: at its head.
    share: of the table's width; the shares of a table need not add up to anything.
    right: numbers, set flush right.
    code: digests and paths, broken at any character.
    """

    title: str
    share: float = 1.0
    right: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class AlignmentPlot:
    """Which moment of the source each moment of the exhibit shows, and how far apart the clips are.

    Attributes:
        caption: one or two sentences; alt: what the plot shows, for those who cannot see it.
        duration: of the exhibit, seconds.
        segments: of the alignment; clips: one a clip of the exhibit.
        bits: length of the codes.
    """

    caption: str
    alt: str
    duration: float
    segments: tuple[Segment, ...]
    clips: tuple[ClipDistance, ...]
    bits: int


@dataclass(frozen=True, slots=True)
class AreaPlot:
    """How much of the exhibit's picture is marked as changed, over its time.

    Attributes:
        caption: one or two sentences; alt: what the plot shows, for those who cannot see it.
        duration: of the exhibit, seconds.
        survey: area and regions.
    """

    caption: str
    alt: str
    duration: float
    survey: Survey


@dataclass(frozen=True, slots=True, eq=False)
class PairFigure:
    """A moment of the exhibit, the source as registered, and the mask.

    Attributes:
        caption: which files and frames; alt: for those who cannot see it.
        suspect, source: RGB, uint8 [h, w, 3]; source is None where its file was not at hand.
        mask: grey, uint8 [h, w], or None.
        facts: what belongs to this pair.
    """

    caption: str
    alt: str
    suspect: NDArray[np.uint8] = field(repr=False)
    source: NDArray[np.uint8] | None = field(repr=False)
    mask: NDArray[np.uint8] | None = field(repr=False)
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on; `names` are the roles and, where known, the persons."""

    names: tuple[tuple[str, str], ...]


Block = Text | Bullets | Facts | Table | AlignmentPlot | AreaPlot | PairFigure | Signatures


@dataclass(frozen=True, slots=True)
class Section:
    """Attributes:
    title: with its number or letter, once the report is put together.
    """

    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False


@dataclass(frozen=True, slots=True)
class ReportContent:
    """The whole report.

    Attributes:
        report_id: on every page; issued_at: ISO 8601 with zone.
        title, subtitle: of the first page; status: e.g. "DRAFT - unsigned".
        heading: whose case it is, above the first section.
        sections: in order.
        author: of the document, for its metadata; language: BCP 47.
    """

    report_id: str
    issued_at: str
    title: str
    subtitle: str
    status: str
    heading: Facts
    sections: tuple[Section, ...]
    author: str = ""
    language: str = "en-GB"


@dataclass(frozen=True, slots=True)
class Recheck:
    """The SHA-256 of the exhibit, taken again when the report was made.

    Attributes:
        sha256: "" where the file could not be read; at: ISO 8601 with zone.
        problem: why it could not be read, in one sentence.
    """

    sha256: str
    at: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WeightsFacts:
    """What the manifest says of the weights that made the codes.

    Attributes:
        facts: (name, value) of what describes them: file, network, training data, recipe, licence.
        measured: (name, value) of what was measured of them.
    """

    facts: tuple[tuple[str, str], ...] = ()
    measured: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a report needs besides the case: when, under which number, and what was looked up for it."""

    report_id: str
    issued_at: str
    recheck: Recheck | None = None
    weights: WeightsFacts = WeightsFacts()
    status: str = "DRAFT – unsigned"
