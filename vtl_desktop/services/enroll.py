"""Enrolling sources: from files to clip codes and hash centers in a database. Resumes; one bad file stops nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.errors import MediaError, MissingMedia, UsageError
from vtl_desktop.core.hashing import DEFAULT_BITS, Codes
from vtl_desktop.core.jobs import CancelToken, Progress, no_progress
from vtl_desktop.core.tracing import Source
from vtl_desktop.media.digest import sha256_of
from vtl_desktop.media.discover import find_media
from vtl_desktop.media.sampling import ClipSamples, sample_clips
from vtl_desktop.services.centers import voted_centers
from vtl_desktop.services.crops import PREVIEWS, CodeMaker, crop_codes
from vtl_desktop.services.engine import encoder_for
from vtl_desktop.storage.disk_errors import cannot_write
from vtl_desktop.storage.hash_center_database import EnrolledSource, HashCenterDatabase
from vtl_desktop.vision.motion_signature import SignatureMaker


@dataclass(frozen=True, slots=True)
class EnrollResult:
    """What became of each file.

    Attributes:
        enrolled: new sources, in the order in which they were written.
        known: paths skipped, as the database holds the same content already.
        failed: (path, what is wrong with it).
        seconds: wall time; notes: plain sentences the user must know.
    """

    enrolled: tuple[Source, ...]
    known: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    seconds: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sampled:
    path: Path
    sha256: str
    samples: ClipSamples | None
    error: str = ""


def enroll(
    paths: Sequence[Path],
    database: Path,
    *,
    bits: int = DEFAULT_BITS,
    device: str = "auto",
    weights_sha256: str | None = None,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
    on_source: Callable[[Source], None] | None = None,
) -> EnrollResult:
    """Enrolls videos in a database, which is made if it is not there.

    Each source is written in a transaction of its own: whatever happens later, it stays enrolled.

    Args:
        paths: files and folders.
        database: the HDF5 file.
        bits: code length of a new database; an existing one keeps its own.
        device: "auto", "cpu" or "cuda".
        weights_sha256: of the weights of a new database, which ship with the program or lie beside the database; the
            program's own if not given. An existing one keeps its own.
        on_source: called after each source is safely written.

    Raises:
        UsageError: there is no video in `paths`.
        DatabaseError: the database cannot be used, or its weights are nowhere to be found.
        WeightsError: the weights cannot be used.
        StorageFull: the disk is full; what was enrolled before stays.
        Cancelled: the user cancelled; what was enrolled before stays.
    """
    started = time.monotonic()
    files = find_media([Path(p) for p in paths])
    if not files:
        raise UsageError(
            f"No video found in {', '.join(str(p) for p in paths)}.",
            "Name video files, or folders that hold some (mp4, mov, mkv, avi, webm, mpg, ts ...).",
        )
    if not any(path.exists() for path in files):
        raise MissingMedia(
            f"There is no such file: {', '.join(str(path) for path in files)}.",
            "Check the name, and that the disk is there.",
        )
    existing = _made_with(database)
    bits, weights_sha256 = existing or (bits, weights_sha256)
    encoder = encoder_for(bits, device, weights_sha256=weights_sha256, beside=database)
    if existing is None:
        try:
            database.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(database, error) from error
        HashCenterDatabase.create(
            database, bits=bits, weights_sha256=encoder.weights_digest, weights_name="vithash"
        ).close()
    enrolled: list[Source] = []
    known: list[str] = []
    failed: list[tuple[str, str]] = []
    with HashCenterDatabase.open(database, write=True, weights_sha256=encoder.weights_digest) as opened:
        digests = set(opened.enrolled_digests())
        for number, item in enumerate(_sampled(files, digests, encoder.input_size, cancel)):
            progress(number / len(files), _say(number, len(files), item.path.name, started))
            if item.error:
                failed.append((str(item.path), item.error))
            elif item.samples is None or item.sha256 in digests:
                known.append(str(item.path))
            else:
                codes = encoder.encode(item.samples.pictures, cancel=cancel)
                source = opened.add(enrolled_source(item.path, item.sha256, item.samples, codes, encoder, cancel))
                digests.add(source.sha256)
                enrolled.append(source)
                if on_source is not None:
                    on_source(source)
    progress(1.0, f"{len(enrolled)} sources enrolled")
    return EnrollResult(tuple(enrolled), tuple(known), tuple(failed), time.monotonic() - started, tuple(encoder.notes))


def _made_with(database: Path) -> tuple[int, str] | None:
    """Code length and digest of the weights of a database, if it is there."""
    if not database.exists():
        return None
    with HashCenterDatabase.open(database) as opened:
        return opened.bits, opened.weights_sha256


def _say(done: int, total: int, name: str, started: float) -> str:
    text = f"{done + 1} of {total}: {name}"
    if done:
        left = (time.monotonic() - started) / done * (total - done)
        text += f", about {left / 60:.0f} min left" if left >= 90 else f", about {left:.0f} s left"
    return text


def _sampled(files: list[Path], digests: set[str], size: int, cancel: CancelToken | None) -> Iterator[_Sampled]:
    """Digests and samples the files, one ahead of the encoder: decoding and encoding keep both cores busy."""

    def one(path: Path) -> _Sampled:
        try:
            digest = sha256_of(path, cancel=cancel)
            if digest in digests:
                return _Sampled(path, digest, None)
            samples = sample_clips(
                path, size=size, thumbnails=True, previews=PREVIEWS, watch=SignatureMaker, cancel=cancel
            )
            return _Sampled(path, digest, samples)
        except MediaError as error:
            return _Sampled(path, "", None, str(error))

    with ThreadPoolExecutor(1, thread_name_prefix="sampling") as pool:
        ahead: Future[_Sampled] = pool.submit(one, files[0])
        for following in [*files[1:], None]:
            current = ahead.result()
            if cancel is not None:
                cancel.check()
            if following is not None:
                ahead = pool.submit(one, following)
            yield current


def enrolled_source(
    path: Path,
    sha256: str,
    samples: ClipSamples,
    codes: Codes,
    encoder: CodeMaker,
    cancel: CancelToken | None = None,
) -> EnrolledSource:
    """Everything that the database keeps of one source."""
    facts = samples.facts
    centers = voted_centers(samples, codes, encoder, cancel=cancel)
    crops, crop_times, crop_boxes = crop_codes(samples, centers.segments, encoder, cancel=cancel)
    source = Source(
        id=0,
        path=str(path.absolute()),
        sha256=sha256,
        size=facts.size,
        duration=facts.duration,
        frame_rate=facts.frame_rate,
        width=facts.width,
        height=facts.height,
        codec=facts.codec,
        enrolled_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return EnrolledSource(
        source=source,
        centers=centers.codes,
        center_margins=centers.margins,
        center_spans=centers.spans,
        center_whole=np.arange(len(centers.codes)) == len(centers.codes) - 1,
        clip_codes=codes,
        clip_times=samples.times,
        crop_codes=crops,
        crop_times=crop_times,
        crop_boxes=crop_boxes,
        motion_times=samples.motion.times,
        motion_signals=samples.motion.signals,
        thumbnails=_one_a_segment(samples, centers.segments),
        signature=samples.signature,
    )


def _one_a_segment(samples: ClipSamples, edges: list[tuple[float, float]]) -> tuple[tuple[float, bytes], ...]:
    """The thumbnail nearest to each segment's middle, without repeats."""
    if not samples.thumbnails:
        return ()
    times: NDArray[np.float64] = np.array([time for time, _ in samples.thumbnails])
    chosen = {int(np.abs(times - (start + end) / 2).argmin()) for start, end in edges}
    return tuple(samples.thumbnails[i] for i in sorted(chosen))
