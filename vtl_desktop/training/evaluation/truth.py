"""Suspects and what is true of them, and whether a ranking of sources is right."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from vtl_desktop.core.errors import MissingMedia

TRUTH = "truth.jsonl"

SHOWS_ANOTHER = frozenset({"pip", "inset"})
"""Attacks that show a second clip whole, which the truth does not name: without their own source enrolled they are no
strangers, as the other may be."""

ENOUGH_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Suspect:
    """A video made for measuring.

    Attributes:
        path: of the file.
        attack: what was done to it; family: what kind of attack that is.
        sources: file names of all its sources, at least one.
    """

    path: Path
    attack: str
    family: str
    sources: frozenset[str]


def read_truth(folder: Path, enrolled: Collection[str]) -> list[Suspect]:
    """The suspects in a folder that can be measured: those whose sources are all enrolled, in the order of the list.

    Args:
        folder: holds the suspects and `truth.jsonl`, an object a line with file, attack, family and segments
            (suspect's start and end, source, source's start, rate). Suspects without a source are left out.
        enrolled: file names of sources.

    Raises:
        MissingMedia: when the list is not there, or has no suspect of these sources.
    """
    listing = folder / TRUTH
    if not listing.is_file():
        raise MissingMedia(f"{listing}: not there.", "It is written by the tool that makes the suspects.")
    rows = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
    suspects = [
        Suspect(
            folder / row["file"],
            row["attack"],
            row["family"],
            frozenset(Path(segment[2]).name for segment in row["segments"]),
        )
        for row in rows
    ]
    known = [suspect for suspect in suspects if suspect.sources and suspect.sources <= set(enrolled)]
    if not known:
        raise MissingMedia(f"{listing}: no suspect was made from these sources.", "Name the folder of their sources.")
    return known


def leads(ranking: Sequence[str], sources: frozenset[str]) -> bool:
    """Top-1: the first of a ranking of file names is a true source."""
    return bool(ranking) and ranking[0] in sources


def all_among_ten(ranking: Sequence[str], sources: frozenset[str]) -> bool:
    """Top-10: every true source is among the first ten."""
    return sources <= set(ranking[:ENOUGH_CANDIDATES])
