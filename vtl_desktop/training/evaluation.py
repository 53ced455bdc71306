"""Measures a network on real suspects with codes and votes alone: no alignment, no geometry.

A source's score for a suspect is the mean, over the better half of the suspect's frames, of the distance to the
source's nearest code; the suspect is also tried mirrored, and the better of the two counts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MissingMedia
from vtl_desktop.core.hashing import BIT_LENGTHS, distances, pack_bits
from vtl_desktop.networks.inference import Encoder
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


def measure(yardstick: Yardstick, encode: Encode, *, bit_lengths: tuple[int, ...] = (0, *BIT_LENGTHS)) -> list[Row]:
    """Accuracy by attack and over all, at each code length.

    Args:
        yardstick: the videos.
        encode: the network under test.
        bit_lengths: code lengths; 0 stands for the floats.
    """
    names = list(yardstick.sources)
    parts = [encode(yardstick.sources[name]) for name in names]
    starts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    gallery = np.concatenate(parts)
    suspects = {
        name: [encode(squares), encode(np.ascontiguousarray(squares[:, :, ::-1]))]
        for name, squares in yardstick.suspects.items()
    }
    rows: list[Row] = []
    for bits in bit_lengths:
        known = _compared(gallery, bits)
        results: dict[str, list[int]] = {"ALL": []}
        for name, orientations in suspects.items():
            attack, true = yardstick.truth[name]
            scores = [
                best_half(np.minimum.reduceat(_apart(_compared(logits, bits), known), starts, axis=1).T)
                for logits in orientations
            ]
            order = np.argsort(np.minimum.reduce(scores), kind="stable")
            rank = next(place for place, index in enumerate(order) if names[index] in true)
            results["ALL"].append(rank)
            results.setdefault(attack, []).append(rank)
        for attack, ranks in results.items():
            array = np.array(ranks)
            rows.append(Row(attack, bits, len(array), float((array < 1).mean()), float((array < 10).mean())))
    return rows


def evaluate(weights: Path | None, sources: Path, suspects: Path, *, device: str = "auto") -> list[Row]:
    """Accuracy of weights on a folder of sources and a folder of suspects with its `truth.jsonl`.

    Args:
        weights: a .safetensors file; None for those that ship with the program.
        sources: a folder of .mp4 files, all enrolled.
        suspects: the folder with `truth.jsonl`.
        device: "auto", "cpu" or "cuda".
    """
    encoder = Encoder.load(bits=max(BIT_LENGTHS), device=device, weights=weights)
    return measure(load_yardstick(sources, suspects, size=encoder.input_size), encoder.logits)


def _compared(logits: NDArray[np.float32], bits: int) -> NDArray[Any]:
    """What distances are taken of: packed codes, or, for 0 bits, unit vectors."""
    if bits:
        return pack_bits(logits[:, :bits] > 0)
    return logits / np.maximum(np.linalg.norm(logits, axis=1, keepdims=True), 1e-9)


def _apart(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """Distances of all pairs, float32 [n, m]: bits that differ, or 1 - cosine."""
    return distances(a, b).astype(np.float32) if a.dtype == np.uint8 else 1 - a @ b.T


def summary(rows: list[Row]) -> str:
    """One line: Top-1/Top-10 over all suspects at each code length."""
    overall = [row for row in rows if row.attack == "ALL"]
    return "  ".join(f"{row.bits or 'float'}: {row.top1:.3f}/{row.top10:.3f}" for row in overall)


def by_attack(rows: list[Row], bits: int) -> str:
    """A table of one code length, an attack a line."""
    chosen = [row for row in rows if row.bits == bits]
    return "\n".join(f"{row.attack:14s} {row.count:4d}  {row.top1:.3f}  {row.top10:.3f}" for row in chosen)


def main() -> None:
    """`python -m vtl_desktop.training.evaluation SOURCES SUSPECTS [--weights FILE]`: codes and votes alone."""
    parser = argparse.ArgumentParser(description="Accuracy of codes and votes alone, without alignment and pictures.")
    parser.add_argument("sources", type=Path, help="folder of clips, all enrolled")
    parser.add_argument("suspects", type=Path, help="folder with truth.jsonl")
    parser.add_argument("--weights", type=Path, help="a .safetensors file; those that ship if not given")
    parser.add_argument("--bits", type=int, default=512, help="code length of the table by attack")
    asked = parser.parse_args()
    rows = evaluate(asked.weights, asked.sources, asked.suspects)
    sys.stdout.write(f"{by_attack(rows, asked.bits)}\n{summary(rows)}\n")


if __name__ == "__main__":
    main()
