"""`vtl-desktop train vithash`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.terminal import answer, plain_errors, progress_bar

app = typer.Typer(no_args_is_help=True, help="Train networks, reproducibly, from a recipe in TOML.")


@app.callback()
def train() -> None:
    """Train networks, reproducibly, from a recipe in TOML."""


@app.command()
def vithash(
    media: Annotated[Path, typer.Option(metavar="DIR", help="Folder with train/ (videos) and train_images/.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for checkpoints, the log and the weights.")],
    recipe: Annotated[
        Path | None, typer.Option(metavar="RECIPE.toml", help="The recipe; the one for a CPU if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in the folder.")] = True,
    device: options.Device = "auto",
) -> None:
    """Train ViTHash, the network that makes the codes of clips.

    Enrolling needs no training: train only to change the network for all databases made from then on.

    Example: vtl-desktop train vithash --media media/ --out runs/vithash
    """
    from vtl_desktop.training.train_vithash import default_recipe, train_vithash

    with plain_errors(), progress_bar() as progress:
        weights = train_vithash(
            recipe or default_recipe(), media=media, out=out, resume=resume, device=device, progress=progress
        )
        answer(f"Weights {weights}")
