"""What each part of a training is worth: the variants of `training.ablation` on suspects with known truth.

    python tests/bench/ablation_table.py --media DIR --variants DIR [--variants DIR ...] [--out DIR] [--seed 0]

Each folder of variants holds `full` and others that were trained for as many steps. All sources in DIR/bench are
compared with two sets of suspects made by `make_suspects.py`: one of every attack, and one of the attacks that some
variants never saw, 36 or so each. The comparison is the simplest: whole pictures, straight and mirrored, no votes of
centers, no parts. Differences to `full` are paired over suspects, with 95 % intervals by bootstrap.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench_real import make_suspects, videos_in

from vtl_desktop.core.hashing import distances, pack_bits
from vtl_desktop.core.voting import video_distance
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.training.evaluation.methods import NetworkMethod, trained
from vtl_desktop.training.evaluation.truth import Suspect, read_truth

BITS = (64, 512)
NEVER_SEEN = {
    "no_caption": "caption",
    "no_perspective": "off_screen",
    "no_crop": "crop50",
    "no_splice": "splice",
    "no_removal": "removal",
}
DRAWS = 2000
HEAD = """| variant | Top-1, 64 bits | Top-1, 512 | Top-10, 512 | Top-1, 512, against full | of an attack never seen |
|---|---|---|---|---|---|"""

Pictures = NDArray[np.uint8]
Ranks = NDArray[np.int64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--media", type=Path, required=True, help="folder that holds bench/")
    parser.add_argument("--scripts", type=Path, help="folder with make_suspects.py; MEDIA/../bench by default")
    parser.add_argument("--variants", type=Path, action="append", required=True, help="out folder of an ablation")
    parser.add_argument("--out", type=Path, default=Path("runs/ablation-table"), help="for the suspects")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=2, help="take every n-th moment, of four a second")
    arguments = parser.parse_args()
    paths = videos_in(arguments.media / "bench")
    every = suspects_of(arguments, paths, "all", "")
    single = suspects_of(arguments, paths, "single", ",".join(NEVER_SEEN.values()))
    size = 64
    sources = {path.name: pictures(path, size, arguments.every) for path in paths}
    shown = [pictures(suspect.path, size, arguments.every) for suspect in (*every, *single)]
    for folder in arguments.variants:
        print(f"\n{folder}\n\n{HEAD}")
        full: dict[str, dict[int, Ranks]] = {}
        names = sorted(entry.name for entry in folder.iterdir() if (entry / "vithash.safetensors").is_file())
        for name in sorted(names, key=lambda name: name != "full"):
            found = ranks(
                trained(name, folder / name / "vithash.safetensors", "cpu"), sources, shown, [*every, *single]
            )
            full = full or {"full": found}
            print(
                row(name, found, full["full"], [suspect.attack for suspect in (*every, *single)], len(every)),
                flush=True,
            )


def suspects_of(arguments: argparse.Namespace, paths: list[Path], name: str, attacks: str) -> list[Suspect]:
    folder = arguments.out / name
    folder.mkdir(parents=True, exist_ok=True)
    settings = argparse.Namespace(per_source=1, limit=None, seed=arguments.seed)
    scripts = arguments.scripts or arguments.media.parent / "bench"
    make_suspects(settings, arguments.media / "bench", scripts, folder, attacks=attacks)
    return read_truth(folder / "suspects", [path.name for path in paths])


def pictures(path: Path, size: int, every: int) -> Pictures:
    return sample_clips(path, size=size).pictures[every // 2 :: every].copy()


def ranks(
    method: NetworkMethod, sources: dict[str, Pictures], shown: list[Pictures], suspects: list[Suspect]
) -> dict[int, Ranks]:
    """For each length the place of the first true source, from 0, int64 [suspects]."""
    codes = {name: method.describe(some) for name, some in sources.items()}
    found: dict[int, list[int]] = {bits: [] for bits in BITS}
    for suspect, some in zip(suspects, shown, strict=True):
        views = [method.describe(view) for view in (some, np.ascontiguousarray(some[:, :, ::-1]))]
        for bits in BITS:
            packed = [pack_bits(view[:, :bits] > 0) for view in views]
            order = sorted(
                codes,
                key=lambda name: min(
                    video_distance(distances(view, pack_bits(codes[name][:, :bits] > 0)).min(axis=1)) for view in packed
                ),
            )
            found[bits].append(min(order.index(name) for name in suspect.sources))
    return {bits: np.array(places) for bits, places in found.items()}


def row(name: str, found: dict[int, Ranks], full: dict[int, Ranks], attacks: list[str], general: int) -> str:
    own, base = found[512], full[512]
    difference = (own[:general] == 0).astype(float) - (base[:general] == 0)
    draws = np.random.default_rng(0).integers(0, general, (DRAWS, general))
    low, high = np.percentile(difference[draws].mean(axis=1), [2.5, 97.5])
    against = "" if name == "full" else f"{difference.mean():+.3f} ({low:+.3f} to {high:+.3f})"
    never = ""
    if name in NEVER_SEEN:
        chosen = np.array([attack == NEVER_SEEN[name] for attack in attacks]) & (np.arange(len(attacks)) >= general)
        shares = (own[chosen] == 0).mean(), (base[chosen] == 0).mean()
        never = f"{NEVER_SEEN[name]}: {shares[0]:.3f}, full {shares[1]:.3f} of {chosen.sum()}"
    shares = [(found[64][:general] == 0).mean(), (own[:general] == 0).mean(), (own[:general] < 10).mean()]
    return f"| {name} | " + " | ".join(f"{share:.3f}" for share in shares) + f" | {against} | {never} |"


if __name__ == "__main__":
    main()
