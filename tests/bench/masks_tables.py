"""Tables of measured masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from accuracy_tables import Table
from masks_measure import Score, Speed

from vtl_desktop.training.evaluation.intervals import bootstrap

SUSPECTS, MOVED = "suspects", "suspects, moved"
SEEN, UNSEEN = "seen means", "unseen means"
CODED = "coded: "

NAMES = {
    "difference": "plain difference, thresholded",
    "ssim": "SSIM map, thresholded",
    "dmac": "DMAC-type",
    "dmvn": "DMVN-type",
    "fitted": "fitted difference",
    "localizator": "Localizator",
}


def tables(scores: Sequence[Score], speeds: Sequence[Speed], seed: int) -> list[Table]:
    """All tables for which something was measured."""
    made = (
        by_kind(scores, seed),
        misplaced(scores),
        unseen(scores, seed),
        coded(scores, seed),
        steadiness(scores, seed),
        speed(speeds),
    )
    return [table for table in made if table.rows]


def by_kind(scores: Sequence[Score], seed: int) -> Table:
    """IoU by kind of forgery and over all, and what is marked on clean copies."""
    some = of(scores, SUSPECTS)
    kinds = sorted({score.kind for score in some if score.forged})
    counts = {kind: len({score.suspect for score in some if score.kind == kind}) for kind in kinds}
    rows = []
    for method in methods(some):
        mine = of(some, SUSPECTS, method)
        forged, clean = [s for s in mine if s.forged], [s for s in mine if not s.forged]
        worst = max(clean, key=lambda s: s.false, default=None)
        rows.append(
            (
                NAMES[method],
                *(_mean([s.iou for s in forged if s.kind == kind]) for kind in kinds),
                told([s.iou for s in forged], seed),
                told([s.false for s in clean], seed, 5),
                "-" if worst is None else f"{worst.false:.4f} {worst.kind}",
            )
        )
    forgeries, copies = (len({s.suspect for s in some if s.forged is which}) for which in (True, False))
    headings = [f"{kind} ({counts[kind]})" for kind in kinds]
    return Table(
        "masks",
        f"IoU by kind of forgery, and what is marked on clean copies: {forgeries} forgeries, {copies} copies",
        ("method", *headings, "IoU, all", "dirty", "worst copy"),
        rows,
        "On pairs aligned by the truth. IoU: of mask > 127 with the truth, mean over frames, then over suspects. "
        "Dirty: share of the picture marked on copies in which nothing local was changed. In brackets 95 % intervals "
        "by bootstrap over suspects.",
    )


def misplaced(scores: Sequence[Score]) -> Table:
    """IoU, and what is falsely marked, by pixels that the source lies beside its place."""
    some = of(scores, MOVED)
    shifts = sorted({score.shift for score in some})
    rows = []
    for method in methods(some):
        mine = of(some, MOVED, method)
        at = [[score for score in mine if score.shift == shift] for shift in shifts]
        overlaps = [_mean([s.iou for s in group]) for group in at]
        rows.append((NAMES[method], *overlaps, *(_mean([s.false for s in group]) for group in at)))
    count = len({score.suspect for score in some})
    return Table(
        "misplaced",
        f"The source laid beside its place: {count} forgeries",
        ("method", *(f"IoU, {s:g} px" for s in shifts), *(f"falsely marked, {s:g} px" for s in shifts)),
        rows,
        "Besides the error that registration makes; pixels at working size (short side 360 at most), in a direction of "
        "its own for each suspect, four frames each. Falsely marked: share of the picture.",
    )


def unseen(scores: Sequence[Score], seed: int) -> Table:
    """IoU on forgeries by means that were in training, and that were not."""
    kinds = sorted({score.kind for score in of(scores, UNSEEN)})
    rows = []
    for method in methods(of(scores, UNSEEN)):
        without, seen = of(scores, UNSEEN, method), of(scores, SEEN, method)
        each = (_mean([s.iou for s in without if s.kind == kind]) for kind in kinds)
        rows.append((NAMES[method], told([s.iou for s in seen], seed), told([s.iou for s in without], seed), *each))
    counts = {kind: len({s.suspect for s in of(scores, UNSEEN) if s.kind == kind}) for kind in kinds}
    known, others = (len({s.suspect for s in of(scores, name)}) for name in (SEEN, UNSEEN))
    return Table(
        "unseen",
        "IoU on means of forging that no training pair shows",
        ("method", f"seen means ({known})", f"unseen means ({others})", *(f"{k} ({n})" for k, n in counts.items())),
        rows,
        "Both are made as training pairs are, copied, coded and registered, but from clips that were not trained on; "
        "over some a caption, logo or inset is laid, too. Intervals by bootstrap over suspects.",
    )


def coded(scores: Sequence[Score], seed: int) -> Table:
    """IoU and dirt after coding that was not in training."""
    names = sorted({score.material for score in scores if score.material.startswith(CODED)})
    rows = []
    for name in names:
        for method in methods(of(scores, name)):
            mine = of(scores, name, method)
            forged, clean = [s.iou for s in mine if s.forged], [s.false for s in mine if not s.forged]
            rows.append((name.removeprefix(CODED), NAMES[method], told(forged, seed), told(clean, seed, 5)))
    counts = [len({s.suspect for s in scores if s.material in names and s.forged is which}) for which in (True, False)]
    return Table(
        "coded",
        f"Coded anew in ways that no training pair was: {counts[0]} forgeries, {counts[1]} copies",
        ("coding", "method", "IoU", "dirty"),
        rows,
        "The suspects of the first table (the copies: plain cuts), the first frames of each coded once more before "
        "they are laid over their sources.",
    )


def steadiness(scores: Sequence[Score], seed: int) -> Table:
    """How much masks change where the truth does not."""
    some = of(scores, SUSPECTS)
    rows = []
    for method in methods(some):
        cells = []
        for forged in (True, False):
            mine = [s for s in of(some, SUSPECTS, method) if s.forged is forged and not math.isnan(s.flicker)]
            cells += [told([s.flicker for s in mine], seed, 5), told([s.flips for s in mine], seed, 5)]
        rows.append((NAMES[method], *cells))
    return Table(
        "flicker",
        "Flicker: how much masks change from frame to frame where the truth does not",
        ("method", "grey, forgeries", "flips, forgeries", "grey, copies", "flips, copies"),
        rows,
        "Grey: mean absolute change of a pixel's mask, of 255. Flips: share of the pixels that begin or cease to be "
        "marked. Successive frames; runs are longer than the windows of four frames that the Localizator sees.",
    )


def speed(speeds: Sequence[Speed]) -> Table:
    """Masks a second."""
    cores = sorted({speed.cores for speed in speeds})
    rows = []
    for method in dict.fromkeys(speed.method for speed in speeds):
        mine = {speed.cores: speed for speed in speeds if speed.method == method}
        first = mine[cores[0]]
        rows.append((NAMES[method], f"{first.processor:.1f}", *(f"{mine[count].wall:.1f}" for count in cores)))
    return Table(
        "speed",
        "Masks a second at 640 x 360 (480p at working size)",
        ("method", "a second of processor time, one core", *(f"by the clock, {c} core(s)" for c in cores)),
        rows,
        "Of pairs that lie over each other already: decoding and registration are not in it. By the clock it means "
        "something on an idle machine only, and on a GPU it is the only one that does.",
    )


def methods(scores: Sequence[Score]) -> list[str]:
    """Those that were measured, in the order of the tables."""
    there = {score.method for score in scores}
    return [name for name in NAMES if name in there]


def of(scores: Sequence[Score], material: str, method: str | None = None) -> list[Score]:
    """Those of a material, and of a method."""
    return [s for s in scores if s.material == material and method in (None, s.method)]


def told(values: Sequence[float], seed: int, digits: int = 3) -> str:
    """The mean and its interval by bootstrap."""
    if not values:
        return "-"
    mean: Callable[..., float] = lambda sample: float(sample.mean())  # noqa: E731
    found = bootstrap(mean, np.array(values, np.float64), seed=seed)
    return f"{found.value:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
