"""Fine-tunes ViTHash on a closed archive, the sources of a database, and enrolls them anew with the new weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from vtl_desktop.core.errors import MediaError, MissingMedia, UsageError, WeightsError
from vtl_desktop.core.jobs import Progress, no_progress, part_of
from vtl_desktop.core.tracing import Source
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.networks.inference import load_vithash
from vtl_desktop.networks.vithash import ViTHash
from vtl_desktop.networks.weights import digest_of, load_manifest
from vtl_desktop.services.engine import find_weights
from vtl_desktop.services.enroll import enroll
from vtl_desktop.storage.disk_errors import cannot_write
from vtl_desktop.storage.hash_center_database import HashCenterDatabase
from vtl_desktop.training.datasets import load_videos
from vtl_desktop.training.recipe import ViTHashRecipe, read_recipe
from vtl_desktop.training.start import origin
from vtl_desktop.training.train_vithash import pick_device, train_on


@dataclass(frozen=True, slots=True)
class FineTuned:
    """What came of it.

    Attributes:
        weights: the .safetensors file.
        database: the new database, made with them, in the same folder.
        sources: how many sources it holds.
        skipped: (path, why) of the sources that are not in it.
    """

    weights: Path
    database: Path
    sources: int
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Archive:
    bits: int
    weights_sha256: str
    sources: tuple[Source, ...]


def default_recipe() -> Path:
    """The recipe for fine-tuning that ships with the program."""
    return Path(__file__).resolve().parent / "recipes" / "vithash_finetune.toml"


def finetune_vithash(
    database: Path,
    *,
    out: Path,
    recipe: Path | None = None,
    resume: bool = True,
    device: str = "auto",
    progress: Progress = no_progress,
) -> FineTuned:
    """Trains on a database's sources from the weights it was made with; makes a new database beside the new weights.

    The old database is only read. A source whose file is away or was changed is in neither the training nor the new
    database.

    Args:
        database: an HDF5 file.
        out: for the decoded frames, the checkpoint, the weights, their manifest and the new database, which is called
            as the old one; made if it is not there. Not the database's own folder.
        recipe: a TOML file; the shape of the network and its input size are those of the old weights in any case.
        resume: go on from the checkpoint in `out`, if there is one.
        device: "auto", "cpu" or "cuda".
        progress: told the fraction of the work that is over.

    Raises:
        MissingMedia: not one source file is there, or can be decoded.
        UsageError: a recipe or device that cannot be; `out` holds another database of this name; an archive too large.
        DatabaseError: the database cannot be used, or its weights are nowhere to be found.
        WeightsError: its weights are damaged; a checkpoint of another recipe, or damaged.
        StorageFull: the disk is full.
    """
    where = pick_device(device)
    archive = _read(database)
    new = out / database.name
    _check_free(new, database)
    before = find_weights(archive.weights_sha256, beside=database)
    network = load_vithash(before)
    settings = _shaped(read_recipe(recipe or default_recipe()), network)
    found, skipped = _present(archive.sources, part_of(progress, 0.0, 0.05))
    if not found:
        raise MissingMedia(
            f"{database}: none of its {len(archive.sources)} source files is there, unchanged.",
            "Connect the archive's disk, or locate the sources again.",
        )
    _check_size(settings, found)
    store = load_videos(
        [Path(source.path) for source in found],
        cache=out / f"frames-{_digest(found)[:12]}.npz",
        size=settings.data.square,
        frames_per_second=settings.data.frames_per_second,
        posted=settings.data.posted_share > 0,
        seed=settings.seed,
        progress=part_of(progress, 0.05, 0.1),
    )
    weights = train_on(
        settings,
        store,
        out=out,
        device=where,
        resume=resume,
        network=network,
        origin=origin(before.name, archive.weights_sha256),
        details={"fine_tuned_on": f"{len(found)} sources of {database.name}"},
        progress=part_of(progress, 0.1, 0.8),
    )
    digest = digest_of(weights)
    if new.exists() and _read(new).weights_sha256 != digest:
        # Made with the weights that were written over just now: nothing could be traced with it.
        try:
            new.unlink()
        except OSError as error:
            raise cannot_write(new, error) from error
    result = enroll(
        [Path(source.path) for source in found],
        new,
        bits=archive.bits,
        device=device,
        weights_sha256=digest,
        progress=part_of(progress, 0.8, 1.0),
    )
    return FineTuned(weights, new, len(result.enrolled) + len(result.known), (*skipped, *result.failed))


def _read(database: Path) -> _Archive:
    with HashCenterDatabase.open(database) as opened:
        return _Archive(opened.bits, opened.weights_sha256, tuple(opened.sources()))


def _check_free(new: Path, database: Path) -> None:
    """The new database may take the place of one that an earlier run made here, of nothing else."""
    if not new.exists():
        return
    if new.samefile(database):
        raise UsageError(f"{new.parent} is the database's own folder.", "Choose another folder for what comes out.")
    try:
        own = load_manifest(new.parent).entry("vithash").sha256
    except WeightsError:
        own = ""
    if _read(new).weights_sha256 != own:
        raise UsageError(
            f"{new} is there already, and was not made by this training.", "Choose another folder, or move it away."
        )


def _shaped(recipe: ViTHashRecipe, network: ViTHash) -> ViTHashRecipe:
    """The recipe for a network that has its shape and input size already."""
    training = replace(recipe.training, sizes=((0.0, network.config.input_size),))
    return replace(recipe, network=network.config, training=training)


def _present(sources: tuple[Source, ...], progress: Progress) -> tuple[list[Source], list[tuple[str, str]]]:
    """The sources whose files are what was enrolled; and the others, with what is wrong."""
    found: list[Source] = []
    skipped: list[tuple[str, str]] = []
    for number, source in enumerate(sources):
        progress(number / len(sources), f"checking {source.name}")
        try:
            same = sha256_of(Path(source.path)) == source.sha256
        except MediaError as error:
            skipped.append((source.path, error.message))
            continue
        if same:
            found.append(source)
        else:
            skipped.append((source.path, "The file is another one than was enrolled."))
    return found, skipped


def _check_size(recipe: ViTHashRecipe, sources: list[Source]) -> None:
    """All frames are held in memory: better to say so now than to be killed for it later."""
    most = recipe.data.most_frames
    frames = round(sum(source.duration for source in sources) * recipe.data.frames_per_second)
    if most and frames > most:
        raise UsageError(
            f"The sources have {frames} frames to train on, and the recipe allows for {most}.",
            "Fine-tune on a database of a part of the archive, or raise most_frames in a recipe of your own where "
            f"there is memory: three times {frames * 3 * recipe.data.square**2 / 2**30:.1f} GiB.",
        )


def _digest(sources: list[Source]) -> str:
    """Of the files that are decoded: when a disk is connected again, the frames decoded before are not all."""
    return hashlib.sha256("".join(source.sha256 for source in sources).encode()).hexdigest()
