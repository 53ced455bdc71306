"""How exactly the place of a suspect in its source is found, and whether the stated uncertainty is true.

    python tests/bench/bench_place.py --media DIR [--clips 40] [--frames 4] [--seed 0] [--suspects DIR] [--rough]

Frames of the clips in DIR/bench are edited with known matrices (crop, turn, perspective ...), compressed, registered.
True errors are taken at the corners of what both pictures show and at its middle, in pixels of the suspect, and set
beside the stated standard errors. `--frames`: so many frames of a clip are registered together, as for masks; 1 is what
verification of candidates does. `--rough` leaves the last refinement out, as verification does too. `--suspects` adds
suspects made by make_suspects.py (DIR/truth.jsonl) whose edits leave the place alone: the whole picture, scaled.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from vtl_desktop.core.localization import Registration  # noqa: E402
from vtl_desktop.core.place_words import clipped  # noqa: E402
from vtl_desktop.media.video_file import VideoFile  # noqa: E402
from vtl_desktop.vision.geometry import apply, mirror_matrix, outline, resize_matrix, whole_picture  # noqa: E402
from vtl_desktop.vision.registration import register_sequence  # noqa: E402

Picture = np.ndarray
WRONG = 3.0
"""Pixels at a corner from which a place counts as wrong."""

STILL = ("crf36", "mpeg4_low", "small", "blur", "noise", "recolour", "grey", "caption", "hflip", "cut", "clone", "warp",
         "splice_crf34", "removal", "swap", "splice")  # fmt: skip
"""Attacks of make_suspects.py that show the whole picture at its place."""


def crop(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    """A suspect that shows a part of its source, enlarged: matrix suspect to source, and the suspect's size."""
    share = rng.uniform(0.5, 0.9)
    left, top = rng.uniform(0, 1 - share, 2) * (width, height)
    return np.array([[share, 0, left], [0, share, top], [0, 0, 1]]), (width, height)


def turn(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    angle, scale = rng.uniform(3, 12) * rng.choice([-1, 1]), rng.uniform(1.0, 1.3)
    there = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale), [0, 0, 1]])
    return np.linalg.inv(there), (width, height)


def perspective(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = rng.uniform(0.01, 0.12, (4, 2)) * (width, height) * [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    there = cv2.getPerspectiveTransform(corners, (corners + inward).astype(np.float32))
    return np.linalg.inv(there), (width, height)


def mirrored(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    return mirror_matrix(width) @ crop(rng, width, height)[0], (width, height)


def inset(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    share = rng.uniform(0.45, 0.7)
    left, top = rng.uniform(0.02, 0.98 - share, 2) * (width, height)
    return np.array([[1 / share, 0, -left / share], [0, 1 / share, -top / share], [0, 0, 1]]), (width, height)


def bars(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    share = rng.uniform(0.6, 0.85)
    return np.array([[1, 0, 0], [0, 1 / share, -height * (1 / share - 1) / 2], [0, 0, 1]]), (width, height)


def stretched(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    size = (round(width * rng.uniform(0.7, 1.3)), height)
    return resize_matrix(size, (width, height)), size


def whole(rng: np.random.Generator, width: int, height: int) -> tuple[np.ndarray, tuple[int, int]]:
    del rng
    return np.eye(3), (width, height)


def jpeg(quality: int) -> Callable[[Picture, np.random.Generator], Picture]:
    def change(picture: Picture, rng: np.random.Generator) -> Picture:
        del rng
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return cv2.imdecode(data, cv2.IMREAD_COLOR)

    return change


def noise(picture: Picture, rng: np.random.Generator) -> Picture:
    return np.clip(picture + rng.normal(0, 14, picture.shape), 0, 255).astype(np.uint8)


def blur(picture: Picture, rng: np.random.Generator) -> Picture:
    del rng
    return cv2.GaussianBlur(picture, (0, 0), 3.0 * min(picture.shape[:2]) / 480)


def dark(picture: Picture, rng: np.random.Generator) -> Picture:
    return np.clip(picture * 0.18 + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


ATTACKS: dict[str, tuple] = {
    "crop": (crop, ()),
    "turned": (turn, ()),
    "perspective": (perspective, ()),
    "mirrored crop": (mirrored, ()),
    "inset": (inset, ()),
    "bars": (bars, ()),
    "stretched": (stretched, ()),
    "crop, JPEG 35": (crop, (jpeg(35),)),
    "crop, noise": (crop, (noise,)),
    "turned, JPEG 35": (turn, (jpeg(35),)),
    "perspective, noise, JPEG 35": (perspective, (noise, jpeg(35))),
    "crop, forged": (crop, ("forged",)),
    "turned, forged, JPEG 35": (turn, ("forged", jpeg(35))),
    "perspective, forged": (perspective, ("forged",)),
    "crop, blur": (crop, (blur,)),
    "crop, JPEG 10": (crop, (jpeg(10),)),
    "crop, dark": (crop, (dark, jpeg(35))),
    "whole, JPEG 35": (whole, (jpeg(35),)),
}


def edited(
    frames: list[Picture], attack: str, others: list[Picture], rng: np.random.Generator
) -> tuple[list[Picture], np.ndarray]:
    """Suspect's frames and the true matrix. A forged region covers about a fifth of the middle, and moves."""
    place, changes = ATTACKS[attack]
    height, width = frames[0].shape[:2]
    matrix, size = place(rng, width, height)
    made = []
    x, y = round(size[0] * 0.27), round(size[1] * 0.27)
    for number, (frame, other) in enumerate(zip(frames, others, strict=True)):
        flags = cv2.INTER_AREA if attack == "stretched" else cv2.INTER_CUBIC
        picture = cv2.warpPerspective(frame, matrix, size, flags=flags | cv2.WARP_INVERSE_MAP)
        if attack == "inset":
            there = cv2.warpPerspective(
                np.ones_like(frame), matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
            )
            picture = np.where(there > 0, picture, cv2.resize(other, size))
        for change in changes:
            if change == "forged":
                # What was there, pushed aside, with a strange object over it.
                shift = 4 + 2 * number
                picture[y:-y, x : -x - shift] = picture[y:-y, x + shift : -x].copy()
                strange = cv2.resize(other, size)[y : -2 * y, x : -2 * x]
                picture[y : -2 * y, x : -2 * x] = strange
            else:
                picture = change(picture, rng)
        made.append(jpeg(70)(picture, rng))
    return made, matrix


def true_errors(found: Registration, true: np.ndarray, suspect: tuple[int, int], source: tuple[int, int]) -> tuple:
    """At the middle and at the worst corner of what both pictures show, pixels of the suspect."""
    shared = clipped(apply(np.linalg.inv(true), outline(source)), suspect)
    points = np.vstack([shared.mean(axis=0), shared])
    apart = np.linalg.norm(apply(np.linalg.inv(found.array) @ true, points) - points, axis=1)
    return float(apart[0]), float(apart[1:].max())


def some_frames(path: Path, count: int) -> list[Picture]:
    """Spread over a clip, BGR, no wider than 960 pixels."""
    with VideoFile(path) as video:
        numbers = np.unique(((np.arange(count) + 0.5) / count * len(video.times)).astype(int))
        pictures = [video.frame(int(number)).picture[:, :, ::-1] for number in numbers]
    factor = min(960 / pictures[0].shape[1], 1)
    return [
        cv2.resize(np.ascontiguousarray(p), None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) for p in pictures
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=40, help="so many, spread over the folder")
    parser.add_argument("--frames", type=int, default=4, help="registered together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--attacks", default="", help="only these, divided by semicolons")
    parser.add_argument("--suspects", type=Path)
    parser.add_argument("--rough", action="store_true")
    arguments = parser.parse_args()
    paths = sorted((arguments.media / "bench").glob("*.mp4"))
    paths = [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, arguments.clips).astype(int))]
    rows: dict[str, list] = {
        name: [] for name in ATTACKS if not arguments.attacks or name in arguments.attacks.split(";")
    }
    if rows:
        for number, path in enumerate(paths):
            rng = np.random.default_rng([arguments.seed, number])
            frames = some_frames(path, arguments.frames)
            others = [cv2.resize(o, frames[0].shape[1::-1]) for o in some_frames(paths[number - 7], len(frames))]
            others = [others[i % len(others)] for i in range(len(frames))]
            sources = [jpeg(80)(frame, rng) for frame in frames]
            for name in rows:
                suspects, true = edited(frames, name, others, rng)
                rows[name].append(measured(suspects, sources, true, name == "mirrored crop", arguments.rough))
            print(f"{number + 1} of {len(paths)}", end="\r", file=sys.stderr, flush=True)
    if arguments.suspects:
        rows["suspects, whole picture"] = list(of_suspects(arguments))
    tell(rows)
    return 0


def measured(suspects: list[Picture], sources: list[Picture], true: np.ndarray, flipped: bool, rough: bool) -> tuple:
    pairs = [
        (np.ascontiguousarray(a[:, :, ::-1]), np.ascontiguousarray(b[:, :, ::-1]))
        for a, b in zip(suspects, sources, strict=True)
    ]
    found = register_sequence(pairs, mirrored=flipped, polish=not rough)
    size, source = suspects[0].shape[1::-1], sources[0].shape[1::-1]
    return (found, *true_errors(found, true, size, source))


def of_suspects(arguments: argparse.Namespace):
    """Suspects whose truth is one segment of one source, at its place."""
    for line in (arguments.suspects / "truth.jsonl").read_text().splitlines():
        truth = json.loads(line)
        if truth["attack"] not in STILL or len(truth["segments"]) != 1:
            continue
        start, end, name, source_start, rate = truth["segments"][0]
        with VideoFile(arguments.suspects / truth["file"]) as a, VideoFile(arguments.media / "bench" / name) as b:
            moments = start + (np.arange(arguments.frames) + 0.5) / arguments.frames * (end - start)
            frames = [a.frame_at(float(moment)) for moment in moments]
            others = [b.frame_at(source_start + rate * (frame.time - start) + 1e-3).picture for frame in frames]
        pairs = [frame.picture[:, :, ::-1] for frame in frames], [other[:, :, ::-1] for other in others]
        size, source = frames[0].picture.shape[1::-1], others[0].shape[1::-1]
        flipped = truth["attack"] == "hflip"
        true = whole_picture(size, source, mirrored=flipped)
        yield measured(*pairs, true, flipped, arguments.rough)


def tell(rows: dict[str, list]) -> None:
    print(
        "| edit | n | trusted | wrong | true error, median | 90 % | stated, median | "
        "within 2, corner | within 2, middle |"
    )
    print("|" + "---|" * 9)
    every = [row for some in rows.values() for row in some]
    for name, some in [*rows.items(), ("**all**", every)]:
        kept = [row for row in some if row[0].trusted and row[0].uncertainty]
        if not kept:
            print(f"| {name} | {len(some)} | 0 | - | - | - | - | - | - |")
            continue
        worst, middle = np.array([row[2] for row in kept]), np.array([row[1] for row in kept])
        stated = np.array([row[0].uncertainty.worst for row in kept])
        at_middle = np.array([row[0].uncertainty.middle for row in kept])
        print(
            f"| {name} | {len(some)} | {len(kept)} | {int((worst > WRONG).sum())} | {np.median(worst):.2f} | "
            f"{np.quantile(worst, 0.9):.2f} | {np.median(stated):.2f} | {(worst <= 2 * stated).mean():.2f} | "
            f"{(middle <= 2 * at_middle).mean():.2f} |"
        )
    missed = [row[2] for row in every if not row[0].trusted]
    near = sum(error <= WRONG for error in missed)
    print(f"\nNot trusted: {len(missed)} of {len(every)}, {near} of them within {WRONG:.0f} pixels all the same.")


if __name__ == "__main__":
    sys.exit(main())
