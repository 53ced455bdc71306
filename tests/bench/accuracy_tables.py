"""Tables of measured accuracy: what they hold, and how they are written as markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from accuracy_run import FLOAT, Answers, Key

from vtl_desktop.core.hashing import DEFAULT_BITS
from vtl_desktop.training.evaluation.centers import Spread
from vtl_desktop.training.evaluation.intervals import Estimate, Share, bootstrap
from vtl_desktop.training.evaluation.open_set import auroc, false_alarms, limit_for
from vtl_desktop.training.evaluation.truth import Suspect, all_among_ten, leads

Cell = str | int | float | Share | Estimate | None


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        key: its name in the JSON.
        title: a heading.
        columns: headings of columns.
        rows: as many cells each.
        note: what one must know to read it.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    note: str

    def markdown(self) -> str:
        lines = [
            f"## {self.title}",
            "",
            f"| {' | '.join(self.columns)} |",
            "|---" * len(self.columns) + "|",
            *(f"| {' | '.join(map(_shown, row))} |" for row in self.rows),
            "",
            self.note,
        ]
        return "\n".join(lines).strip() + "\n"

    def plain(self) -> dict[str, object]:
        """For JSON."""
        rows = [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]
        return {"title": self.title, "note": self.note, "rows": rows}


def by_attack(suspects: Sequence[Suspect], answers: Answers, name: str) -> Table:
    """Top-1 and Top-10 of one method at the default length, by attack, by family and over all."""
    groups: dict[str, list[int]] = {}
    for number, suspect in enumerate(suspects):
        groups.setdefault(suspect.attack, []).append(number)
    for number, suspect in enumerate(suspects):
        groups.setdefault(f"**{suspect.family}**", []).append(number)
    groups["**ALL**"] = list(range(len(suspects)))
    found = answers[name, DEFAULT_BITS]
    rows: list[tuple[Cell, ...]] = []
    for group in sorted(groups, key=lambda g: (g == "**ALL**", g.startswith("**"), g)):
        some = groups[group]
        rows.append((group, len(some), *_tops([suspects[i] for i in some], {(name, 0): [found[i] for i in some]})))
    return Table(
        "attacks",
        f"{name}, {DEFAULT_BITS} bits, by attack and family",
        ("attack", "n", "Top-1", "Top-10"),
        rows,
        "Top-1: the first of the ranking is a true source. Top-10: every true source is among the first ten. In "
        "brackets 95 % intervals after Wilson.",
    )


def by_method(suspects: Sequence[Suspect], product: Answers, whole: Answers) -> Table:
    """Top-1 and Top-10 over all suspects, a method and length a row."""
    rows: list[tuple[Cell, ...]] = []
    for key in whole:
        searched = _tops(suspects, {key: product[key]}) if key in product else (None, None)
        rows.append((key[0], _length(key), *searched, *_tops(suspects, {key: whole[key]})))
    return Table(
        "methods",
        f"All methods and code lengths, {len(suspects)} suspects",
        ("codes", "bits", "Top-1", "Top-10", "Top-1, whole picture", "Top-10, whole picture"),
        rows,
        "The first pair of columns is the product's search: straight, mirrored, by parts of the suspect's picture and "
        "as a part of a source's; its limits were set for trained codes. The second pair is the same for all codes: "
        "the whole picture, straight and mirrored. Floats are compared by cosine. The untrained network's thresholds "
        "are medians over the sources.",
    )


def strangers(
    groups: dict[str, list[int]],
    suspects: Sequence[Suspect],
    answers: Answers,
    far: Answers,
    enrolled: int,
    seed: int,
) -> Table:
    """How the leader's distance tells suspects with a source from those without.

    Args:
        groups: numbers of suspects: "known" have a source that is enrolled, the others have none.
        suspects: as in `answers`.
        answers: of the suspects; far: of videos that have no source at all.
        enrolled: how many sources are enrolled.
        seed: of the bootstrap.
    """
    rows: list[tuple[Cell, ...]] = []
    for key, found in answers.items() if groups["known"] else ():
        known = np.array([found[i].distance for i in groups["known"]])
        limit = limit_for(known)
        right = Share.of(
            found[i].distance <= limit and leads(found[i].ranking, suspects[i].sources) for i in groups["known"]
        )
        others = {name: [found[i].distance for i in some] for name, some in groups.items() if name != "known"}
        others["other videos"] = [answer.distance for answer in far[key]]
        for name, distances in others.items():
            if distances:
                these = np.array(distances)
                measured = bootstrap(auroc, known, these, seed=seed), false_alarms(known, these, seed=seed)
                rows.append((key[0], key[1], name, len(these), *measured, f"{limit:.1f}", right))
    return Table(
        "strangers",
        f"No source enrolled: {enrolled} sources, {len(groups['known'])} suspects of theirs",
        ("codes", "bits", "strangers", "n", "AUROC", "false alarms", "limit", "rightly traced"),
        rows,
        "AUROC: the chance that the leader of a suspect with a source is nearer than that of a stranger. False alarms: "
        "strangers whose leader is within the limit, the distance in bits within which 95 % of the suspects with a "
        "source have their leader. Rightly traced: those of them whose leader is within it and a true source. "
        "Intervals by bootstrap over suspects (rightly traced, and false alarms of 0 or 1: after Wilson). Suspects of "
        "the other half that show a second clip whole (pip, inset) are left out: that clip may be enrolled.",
    )


def cropped(suspects: Sequence[Suspect], plain: Answers, without: Answers, seed: int) -> Table:
    """What 5 % off each border costs."""
    rows: list[tuple[Cell, ...]] = []
    for key in plain:
        before, after = (
            np.array([leads(answer.ranking, suspect.sources) for answer, suspect in zip(a[key], suspects, strict=True)])
            for a in (plain, without)
        )
        cost = bootstrap(lambda x: float(x.mean()), 100.0 * before - 100.0 * after, seed=seed)
        rows.append((key[0], _length(key), len(suspects), Share.of(before), Share.of(after), cost))
    return Table(
        "crop",
        "A crop of 5 % of each border",
        ("codes", "bits", "n", "Top-1", "Top-1, cropped", "cost, points"),
        rows,
        "Plain cuts, one of each source, by the whole picture, straight and mirrored. The cost's interval: bootstrap "
        "over suspects, paired; 0 to 0 where the crop changed nothing.",
    )


def apart(spreads: dict[Key, Spread], random: dict[int, list[Spread]], hadamard: dict[int, Spread | None]) -> Table:
    """How far apart hash centers lie; `random` and `hadamard` by code length."""
    rows: list[tuple[Cell, ...]] = []
    for (name, bits), spread in spreads.items():
        drawn, best = random[bits], hadamard[bits]
        between = " to ".join(dict.fromkeys(f"{edge(s.least for s in drawn):.0f}" for edge in (min, max)))
        random_mean = float(np.mean([s.mean for s in drawn]))
        rows.append(
            (
                name, bits, int(spread.least), round(spread.first_percentile), f"{spread.mean:.1f}",
                between, round(float(np.mean([s.first_percentile for s in drawn]))), f"{random_mean:.1f}",
                None if best is None else int(best.least), None if best is None else f"{best.mean:.1f}",
            )
        )  # fmt: skip
    return Table(
        "centers",
        "Distances between the sources' hash centers, bits",
        (
            "codes", "bits", "least", "1 %", "mean",
            "random: least", "random: 1 %", "random: mean", "Hadamard: least", "Hadamard: mean",
        ),
        rows,
        "Of all pairs of sources, look-alikes among them. The untrained network's thresholds are medians over these "
        "very sources, the trained one's over its training data. Random: as many codes with half the bits set, three "
        "draws. Hadamard rows and their complements: none where there are more sources than twice the bits.",
    )  # fmt: skip


def _tops(suspects: Sequence[Suspect], answers: Answers) -> tuple[Share, Share]:
    """Top-1 and Top-10 of the only key in `answers`."""
    ((_, found),) = answers.items()
    pairs = [(answer.ranking, suspect.sources) for answer, suspect in zip(found, suspects, strict=True)]
    return Share.of(leads(*pair) for pair in pairs), Share.of(all_among_ten(*pair) for pair in pairs)


def _length(key: Key) -> Cell:
    return "float" if key[1] == FLOAT else key[1]


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, Share):
        low, high = cell.interval
        return f"{cell.value:.3f} ({low:.3f} to {high:.3f})"
    if isinstance(cell, Estimate):
        return f"{cell.value:.3f} ({cell.low:.3f} to {cell.high:.3f})"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def _plain(cell: Cell) -> object:
    if isinstance(cell, Share):
        low, high = cell.interval
        return {"hits": cell.hits, "n": cell.count, "value": cell.value, "low": low, "high": high}
    if isinstance(cell, Estimate):
        return {"value": cell.value, "low": cell.low, "high": cell.high}
    return cell
