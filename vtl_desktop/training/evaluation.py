"""Measures a network on real suspects with codes and votes alone: no alignment, no geometry.

A source's score for a suspect is the mean, over the better half of the suspect's frames, of the distance to the source's
nearest code; the suspect is also tried mirrored, and the better of the two counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.hashing import BIT_LENGTHS, distances, pack_bits
from vtl_desktop.training.datasets import read_squares

Squares = NDArray[np.uint8]
Encode = Callable[[Squares], NDArray[np.float32]]
"""Squares of one video in time order, uint8 [n, S, S, 3], to logits, float32 [n, bits]."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Decoded sources and suspects.

    Attributes:
        sources: by file name, uint8 [n, S, S, 3].
        suspects: by file name, the same.
        truth: by suspect, its attack and the names of its sources.
    """

    sources: dict[str, Squares]
    suspects: dict[str, Squares]
    truth: dict[str, tuple[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy of one attack (or ALL) at one code length.

    Attributes:
        attack: its name, or "ALL".
        bits: code length; 0 for the floats before the sign, compared by cosine.
        count: how many suspects.
        top1: share whose best source is a true one.
        top10: share with a true source among the best ten.
    """

    attack: str
    bits: int
    count: int
    top1: float
    top10: float


def load_yardstick(
    sources: Path, suspects: Path, *, size: int, cache: Path | None = None, frames_per_second: float = 4.0
) -> Yardstick:
    """Decodes the videos of both folders to squares; `suspects/truth.jsonl` says what is what.

    Raises:
        MissingMedia: when the truth file or the sources are not there.
    """
    listing = suspects / "truth.jsonl"
    if not listing.is_file():
        raise MissingMedia(f"{listing}: not there.", "It is written by the tool that makes the suspects.")
    rows = [json.loads(line) for line in listing.read_text().splitlines() if line]
    truth = {
        row["file"]: (row["attack"], frozenset(Path(segment[2]).name for segment in row["segments"])) for row in rows
    }
    paths = {f"a/{path.name}": path for path in sorted(sources.glob("*.mp4"))}
    if not paths:
        raise MissingMedia(f"{sources}: no .mp4 file.", "Name the folder of the sources.")
    paths |= {f"b/{name}": suspects / name for name, (_, true) in truth.items() if true}
    if cache is not None and cache.is_file():
        with np.load(cache) as stored:
            squares = {name: stored[name] for name in stored.files}
    else:
        squares = {n: read_squares(p, size=size, frames_per_second=frames_per_second) for n, p in paths.items()}
        if cache is not None:
            np.savez(cache, **squares)  # pyright: ignore[reportArgumentType]
    return Yardstick(
        {n[2:]: s for n, s in squares.items() if n.startswith("a/")},
        {n[2:]: s for n, s in squares.items() if n.startswith("b/")},
        truth,
    )


def best_half(nearest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores of sources from nearest distances [sources, frames]: the mean of the better half of the frames."""
    half = max(1, (nearest.shape[1] + 1) // 2)
    return np.sort(nearest, axis=1)[:, :half].mean(1)


def _ranks(
    query: list[NDArray[np.float32]], gallery: NDArray[np.float32], starts: NDArray[np.int64], bits: int
) -> NDArray[np.float32]:
    """Scores [sources] of one suspect, the best of its orientations."""
    scores = []
    for logits in query:
        if bits:
            apart = distances(pack_bits(logits[:, :bits] > 0), _packed(gallery, bits)).astype(np.float32)
        else:
            apart = 1 - _unit(logits) @ _unit(gallery).T
        scores.append(best_half(np.minimum.reduceat(apart, starts, axis=1).T))
    return np.minimum.reduce(scores)


def _unit(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-9)


def _packed(logits: NDArray[np.float32], bits: int) -> NDArray[np.uint8]:
    return pack_bits(logits[:, :bits] > 0)


def evaluate(
    yardstick: Yardstick, encode: Encode, *, bit_lengths: tuple[int, ...] = (0, *BIT_LENGTHS)
) -> list[Row]:
    """Accuracy by attack and over all, at each code length.

    Args:
        yardstick: the videos.
        encode: the network under test.
        bit_lengths: code lengths; 0 stands for the floats.
    """
    names = list(yardstick.sources)
    parts = [encode(yardstick.sources[name]) for name in names]
    gallery = np.concatenate(parts)
    starts = np.cumsum([0, *(len(p) for p in parts[:-1])])
    queries = {
        name: [encode(squares), encode(np.ascontiguousarray(squares[:, :, ::-1]))]
        for name, squares in yardstick.suspects.items()
    }
    rows: list[Row] = []
    for bits in bit_lengths:
        results: dict[str, list[int]] = {"ALL": []}
        for name, query in queries.items():
            attack, true = yardstick.truth[name]
            order = np.argsort(_ranks(query, gallery, starts, bits), kind="stable")
            rank = next(place for place, index in enumerate(order) if names[index] in true)
            results["ALL"].append(rank)
            results.setdefault(attack, []).append(rank)
        for attack, ranks in results.items():
            array = np.array(ranks)
            rows.append(Row(attack, bits, len(array), float((array < 1).mean()), float((array < 10).mean())))
    return rows


def summary(rows: list[Row]) -> str:
    """One line: Top-1/Top-10 over all suspects at each code length."""
    overall = [row for row in rows if row.attack == "ALL"]
    return "  ".join(f"{row.bits or 'float'}: {row.top1:.3f}/{row.top10:.3f}" for row in overall)


def by_attack(rows: list[Row], bits: int) -> str:
    """A table of one code length, an attack a line."""
    chosen = [row for row in rows if row.bits == bits]
    return "\n".join(f"{row.attack:14s} {row.count:4d}  {row.top1:.3f}  {row.top10:.3f}" for row in chosen)
