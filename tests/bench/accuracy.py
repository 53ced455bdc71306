"""How often codes and votes alone are right, before alignment and verification: every table of it, by one command.

    python tests/bench/accuracy.py --media DIR [--scripts DIR] [--out DIR] [--per-source 1] [--seed 0] [--limit N]
        [--suspects DIR] [--weights FILE] [--other NAME=FILE ...] [--tables NAMES] [--peer-python FILE] [--peers NAMES]

DIR holds `bench/` with the clips that are enrolled, and, for the table on strangers, `strangers/`. Suspects are made as
`bench_real.py` makes them, by `make_suspects.py` in the scripts folder (by default DIR/../bench), or taken from
--suspects. Written: OUT/accuracy.md, OUT/accuracy.json, and OUT/answers.jsonl, the ranking of each suspect.

| table | what |
|---|---|
| attacks | Top-1 and Top-10 at 512 bits, by attack and family |
| methods | the same over all suspects at every length, beside an untrained network, pHash and other weights |
| peers | beside the tools that `peer_bench.py` knows, in the interpreter --peer-python (they need ffmpeg) |
| strangers | half of the sources enrolled: its suspects against those of the other half, and against other videos |
| crop | what a crop of 5 % of each border costs |
| centers | distances between hash centers, beside random and Hadamard codes |
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from accuracy_measure import centers, crop, measured
from accuracy_peers import peers_table
from accuracy_run import Gallery
from accuracy_tables import Table
from bench_real import make_suspects, videos_in
from bench_table import machine

from vtl_desktop.core.errors import VtlError
from vtl_desktop.training.evaluation.dct_hash import DctHash
from vtl_desktop.training.evaluation.methods import Method, NetworkMethod, UntrainedMethod, trained
from vtl_desktop.training.evaluation.truth import Suspect, read_truth

TABLES = ("attacks", "methods", "peers", "strangers", "crop", "centers")
OURS = "ViTHash"


def main() -> int:
    arguments = parse()
    try:
        return run(arguments)
    except VtlError as error:
        print(error, file=sys.stderr)
        return 2


def run(arguments: argparse.Namespace) -> int:
    clips, scripts = arguments.media / "bench", arguments.scripts or arguments.media.parent / "bench"
    makes = "crop" in arguments.tables or not arguments.suspects
    for needed in (clips, scripts / "make_suspects.py") if makes else (clips,):
        if not needed.exists():
            print(f"{needed} is not there. Name the folder with --media (and --scripts).", file=sys.stderr)
            return 2
    started = time.monotonic()
    asked, out = arguments.tables, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    sources = videos_in(clips)[: arguments.limit]
    ours = trained(OURS, arguments.weights, arguments.device)
    gallery = Gallery(methods_asked(arguments, ours), sources)
    searched = asked & {"attacks", "methods", "strangers"}
    suspects = the_suspects(arguments, clips, scripts, gallery) if searched or "peers" in asked else []
    made: list[Table] = []

    def keep(*more: Table) -> None:
        # After each step: whatever stops a later one, what took so long is written.
        made.extend(more)
        about = {
            "sources": len(sources), "suspects": len(suspects), "per_source": arguments.per_source,
            "seed": arguments.seed, "seconds": round(time.monotonic() - started), **ours.about, **machine(),
        }  # fmt: skip
        write(out, sorted(made, key=lambda table: TABLES.index(table.key)), about)

    if searched:
        keep(*measured(arguments, gallery, suspects))
    if "centers" in asked:
        keep(centers(gallery, arguments.seed))
    if "crop" in asked:
        keep(crop(gallery, cuts_of(arguments, clips, scripts, gallery), arguments.seed))
    if "peers" in asked:
        script = scripts / "peer_bench.py"
        keep(peers_table(script, arguments.peer_python, sources, suspects, out, arguments.peers))
    print((out / "accuracy.md").read_text(encoding="utf-8"))
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=__doc__[__doc__.index("DIR holds") :],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--media", type=Path, required=True, help="folder that holds bench/ (and strangers/)")
    parser.add_argument("--scripts", type=Path, help="folder with make_suspects.py and peer_bench.py")
    parser.add_argument("--out", type=Path, default=Path("runs/accuracy"), help="everything that is made goes here")
    parser.add_argument("--suspects", type=Path, help="a folder of suspects with truth.jsonl, instead of making some")
    parser.add_argument("--per-source", type=int, default=1, help="attacks a source")
    parser.add_argument("--seed", type=int, default=0, help="of suspects, halves, draws, and the untrained network")
    parser.add_argument("--limit", type=int, help="only the first N sources and N other videos")
    parser.add_argument("--weights", type=Path, help="a .safetensors file; those that ship if not given")
    parser.add_argument("--other", action="append", default=[], metavar="NAME=FILE", help="more weights beside them")
    parser.add_argument("--tables", default=",".join(TABLES), help="which, with commas; all by default")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter in which the peers are installed")
    parser.add_argument("--peers", default="", help="which, as peer_bench.py takes them; its own choice by default")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    arguments = parser.parse_args()
    arguments.tables = set(arguments.tables.split(","))
    if unknown := arguments.tables - {*TABLES}:
        parser.error(f"no table named {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    if wrong := [one for one in arguments.other if "=" not in one]:
        parser.error(f"--other takes NAME=FILE, not {wrong[0]}")
    arguments.other = dict(one.split("=", 1) for one in arguments.other)
    if OURS in arguments.other:
        parser.error(f"{OURS} is the name of the weights under test")
    return arguments


def methods_asked(arguments: argparse.Namespace, ours: NetworkMethod) -> list[Method]:
    """Ours first; the others only where a table shows them."""
    if not arguments.tables & {"methods", "strangers", "crop", "centers"}:
        return [ours]
    others = [trained(name, Path(file), arguments.device) for name, file in arguments.other.items()]
    untrained = UntrainedMethod(f"{OURS}, untrained", ours.config, arguments.seed, arguments.device)
    return [ours, *others, untrained, DctHash("pHash", ours.input_size)]


def the_suspects(arguments: argparse.Namespace, clips: Path, scripts: Path, gallery: Gallery) -> list[Suspect]:
    folder = arguments.suspects
    if folder is None:
        make_suspects(arguments, clips, scripts, arguments.out)
        folder = arguments.out / "suspects"
    return read_truth(folder, gallery.names)


def cuts_of(arguments: argparse.Namespace, clips: Path, scripts: Path, gallery: Gallery) -> list[Suspect]:
    """A plain cut of each source."""
    once = argparse.Namespace(**vars(arguments) | {"per_source": 1})
    folder = arguments.out / "cuts"
    folder.mkdir(exist_ok=True)
    make_suspects(once, clips, scripts, folder, attacks="cut")
    return read_truth(folder / "suspects", gallery.names)


def write(out: Path, made: list[Table], about: dict[str, object]) -> None:
    """Writes the tables as markdown and JSON."""
    head = "# Codes and votes alone\n\n" + "".join(f"- {name}: {value}\n" for name, value in about.items())
    text = "\n".join([head, *(table.markdown() for table in made)])
    (out / "accuracy.md").write_text(text, encoding="utf-8")
    whole = {"about": about, "tables": {table.key: table.plain() for table in made}}
    (out / "accuracy.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
