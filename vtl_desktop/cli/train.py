"""`vtl-desktop train vithash` and `train localizator`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vtl_desktop.cli import options
from vtl_desktop.cli.terminal import DONE, INPUT_UNREADABLE, answer, plain_errors, progress_bar, say

app = typer.Typer(no_args_is_help=True, help="Train networks, reproducibly, from a recipe in TOML.")


@app.callback()
def train() -> None:
    """Train networks, reproducibly, from a recipe in TOML."""


@app.command()
def vithash(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for checkpoints, the log and the weights.")],
    media: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with train/ (videos) and train_images/.")
    ] = None,
    database: Annotated[
        Path | None,
        typer.Option("--database", "-d", metavar="DB", help="Instead of --media: fine-tune on a database's sources."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="RECIPE.toml", help="The recipe; that for a CPU, or for fine-tuning, if not given."),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option(
            metavar="timm|FILE",
            help="With --media: start from timm's ImageNet weights (downloaded), or from a .safetensors, .pth or .pt "
            "file of a whole ViTHash or of its backbone in timm.",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in the folder.")] = True,
    device: options.Device = "auto",
) -> None:
    """Train ViTHash, the network that makes the codes of clips.

    Enrolling needs no training: train only to change the network for all databases made from then on.

    With --database, the network learns the sources of that database better, starting from the weights it was made with.
    They are enrolled again, with the new weights, in a database of the same name in the folder; the old one is left as
    it is. A source whose file is away is named and stops nothing (exit status 3).

    Example: vtl-desktop train vithash --media media/ --out runs/vithash

    Example: vtl-desktop train vithash --database archive.h5 --out runs/archive
    """
    from vtl_desktop.core.errors import UsageError

    with plain_errors():
        if (media is None) == (database is None):
            raise UsageError("Nothing, or two things, to train on.", "Give either --media or --database.")
        if database is not None and pretrained is not None:
            raise UsageError(
                "--pretrained does not go with --database.", "Fine-tuning starts from the database's own weights."
            )
        if media is not None:
            _from_media(media, out, recipe, pretrained, resume, device)
        elif database is not None:
            _on_database(database, out, recipe, resume, device)


@app.command()
def localizator(
    media: Annotated[Path, typer.Option(metavar="DIR", help="Folder with train/ (videos) and train_images/.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for pairs, checkpoints and the weights.")],
    recipe: Annotated[
        Path | None, typer.Option(metavar="RECIPE.toml", help="The recipe; that for a CPU if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint in the folder.")] = True,
    device: options.Device = "auto",
) -> None:
    """Train the Localizator, the network that marks what was changed.

    Forgeries with known truth are made from the media and registered as the program registers an analyst's videos; the
    network learns from those.

    Example: vtl-desktop train localizator --media media/ --out runs/localizator
    """
    with plain_errors():
        from vtl_desktop.training.train_localizator import default_localizator_recipe, train_localizator

        with progress_bar() as progress:
            weights = train_localizator(
                recipe or default_localizator_recipe(),
                media=media,
                out=out,
                resume=resume,
                device=device,
                progress=progress,
            )
        answer(f"Weights {weights}")


def _from_media(media: Path, out: Path, recipe: Path | None, pretrained: str | None, resume: bool, device: str) -> None:
    from vtl_desktop.training.train_vithash import default_recipe, train_vithash

    with progress_bar() as progress:
        weights = train_vithash(
            recipe or default_recipe(),
            media=media,
            out=out,
            resume=resume,
            device=device,
            pretrained=pretrained,
            progress=progress,
        )
    answer(f"Weights {weights}")


def _on_database(database: Path, out: Path, recipe: Path | None, resume: bool, device: str) -> None:
    from vtl_desktop.training.finetune import finetune_vithash

    with progress_bar() as progress:
        made = finetune_vithash(database, out=out, recipe=recipe, resume=resume, device=device, progress=progress)
    for path, message in made.skipped:
        say(f"Skipped {path}: {message}")
    answer(f"Weights {made.weights}")
    answer(f"Database {made.database}, {made.sources} sources")
    raise typer.Exit(INPUT_UNREADABLE if made.skipped else DONE)
