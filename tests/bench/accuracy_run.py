"""The one pass over sources and suspects that all tables of `accuracy.py` are made from: each file is decoded once."""

from __future__ import annotations

import functools
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.hashing import DEFAULT_BITS, Codes
from vtl_desktop.core.media import Box
from vtl_desktop.media.sampling import WHOLE, ClipSamples, sample_clips
from vtl_desktop.services import crops
from vtl_desktop.services.find import PREVIEWS
from vtl_desktop.storage.hash_center_database import EnrolledSource
from vtl_desktop.training.evaluation.archives import Answer, Archive, CodeArchive, FloatArchive, enrolled
from vtl_desktop.training.evaluation.methods import CodeMaker, Method, Remembered, UntrainedMethod

FLOAT = 0
"""Stands for the floats before the sign where a code length is meant."""

Key = tuple[str, int]
"""A method's name and a code length in bits."""

Answers = dict[Key, list[Answer]]
"""By key, of each suspect in order."""

_WITHOUT_BORDER = Box(0.05, 0.05, 0.95, 0.95)


@functools.lru_cache(maxsize=400)
def _sampled(path: Path, size: int, box: Box) -> ClipSamples:
    """A part of a source, kept for a while: many suspects and codes ask for it."""
    return sample_clips(path, size=size, part=box)


class Gallery:
    """Every source, enrolled by every method at every length.

    Attributes:
        methods: by name; first: the name of the first.
        names: of the sources' files, in order.
        sizes: of the square pictures that the methods take, each once.
    """

    def __init__(self, methods: Sequence[Method], sources: Sequence[Path]) -> None:
        self.methods = {method.name: method for method in methods}
        self.first = methods[0].name
        self.names = [path.name for path in sources]
        self.sizes = sorted({method.input_size for method in methods})
        self._paths = {path.name: path for path in sources}
        self._remembered = {method.name: Remembered(method) for method in methods}
        self._described: dict[str, dict[str, NDArray[np.float32]]] = {method.name: {} for method in methods}
        self._enrolled: dict[Key, dict[str, EnrolledSource]] = {key: {} for key in self.keys(floats=False)}
        for method in methods:
            if isinstance(method, UntrainedMethod):
                self._balance(method)
        for path in told(sources, "sources"):
            for size in self.sizes:
                self._enroll(path, sample_clips(path, size=size, previews=crops.PREVIEWS))

    def _balance(self, method: UntrainedMethod) -> None:
        for path in told(list(self._paths.values()), f"sources, for the thresholds of {method.name}"):
            pictures = sample_clips(path, size=method.input_size).pictures
            self._described[method.name][path.name] = method.describe(pictures)
        method.balance(self._described[method.name])

    def _enroll(self, path: Path, samples: ClipSamples) -> None:
        for key, sources in self._enrolled.items():
            if self.size_for(key) == samples.pictures.shape[1]:
                sources[path.name] = enrolled(path, samples, CodeMaker(self._remembered[key[0]], key[1]))
        for name, remembered in self._remembered.items():
            if self.methods[name].input_size == samples.pictures.shape[1]:
                self._described[name][path.name] = remembered.describe(samples.pictures)
            remembered.forget()

    def centers(self, key: Key) -> Codes:
        """Each source's hash center, that of the whole video: packed, uint8 [sources, bits / 8]."""
        return np.stack([source.centers[source.center_whole][0] for source in self._enrolled[key].values()])

    def keys(self, *, floats: bool) -> list[Key]:
        """All methods at all lengths."""
        return [
            (name, bits)
            for name, method in self.methods.items()
            for bits in (*method.lengths, *((FLOAT,) if floats and method.compares_floats else ()))
        ]

    def fewer_keys(self) -> list[Key]:
        """The first method at all lengths, the others at the default length, or the longest below it."""
        first, *others = self.methods.values()
        keys = [(first.name, bits) for bits in first.lengths]
        return keys + [(m.name, max(bits for bits in m.lengths if bits <= DEFAULT_BITS)) for m in others]

    def archive(self, key: Key, names: Collection[str]) -> CodeArchive:
        """Some of the sources, enrolled."""
        maker = CodeMaker(self._remembered[key[0]], key[1])

        def sample_source(name: str, box: Box) -> ClipSamples:
            return _sampled(self._paths[name], maker.input_size, box)

        return CodeArchive(maker, self._enrolled[key], names, sample_source)

    def any_archive(self, key: Key, names: Collection[str]) -> Archive:
        """The same, or, where the key says so, by the floats."""
        if key[1] != FLOAT:
            return self.archive(key, names)
        return FloatArchive(self._remembered[key[0]], self._described[key[0]], names)

    def size_for(self, key: Key) -> int:
        """Of the pictures that a key's method takes."""
        return self.methods[key[0]].input_size

    def forget(self) -> None:
        """Forgets what was computed of a suspect."""
        for remembered in self._remembered.values():
            remembered.forget()


def answers_for(
    gallery: Gallery,
    suspects: Sequence[Path],
    *,
    product: dict[Key, CodeArchive],
    whole: dict[Key, Archive],
    half: dict[Key, CodeArchive],
    what: str = "suspects",
) -> tuple[Answers, Answers, Answers]:
    """Searches each suspect in three sets of archives: as the product does, by whole pictures, as the product again."""
    by_product: Answers = {key: [] for key in product}
    by_whole: Answers = {key: [] for key in whole}
    in_half: Answers = {key: [] for key in half}
    for path in told(suspects, what):
        samples = {size: sample_clips(path, size=size, previews=PREVIEWS) for size in gallery.sizes}

        # Many codes look at the same parts of a suspect.
        @functools.cache
        def part(size: int, box: Box, path: Path = path) -> ClipSamples:
            return sample_clips(path, size=size, part=box)

        for answers, archives in ((by_product, product), (in_half, half)):
            for key, archive in archives.items():
                size = gallery.size_for(key)
                answers[key].append(archive.as_the_product(samples[size], functools.partial(part, size)))
        for key, archive in whole.items():
            by_whole[key].append(archive.whole(samples[gallery.size_for(key)]))
        gallery.forget()
    return by_product, by_whole, in_half


def answers_without_border(
    gallery: Gallery, suspects: Sequence[Path], archives: dict[Key, Archive]
) -> tuple[Answers, Answers]:
    """Searches by whole pictures, as they are and without 5 % of the picture on each side."""
    plain: Answers = {key: [] for key in archives}
    without: Answers = {key: [] for key in archives}
    for path in told(suspects, "cuts"):
        for kept, part in ((plain, WHOLE), (without, _WITHOUT_BORDER)):
            samples = {size: sample_clips(path, size=size, part=part) for size in gallery.sizes}
            for key, archive in archives.items():
                kept[key].append(archive.whole(samples[gallery.size_for(key)]))
            gallery.forget()
    return plain, without


def told(paths: Sequence[Path], what: str) -> Iterator[Path]:
    """The paths one after another, their number on stderr."""
    for number, path in enumerate(paths):
        print(f"\r{number + 1}/{len(paths)} {what}", end="", file=sys.stderr, flush=True)
        yield path
    print(file=sys.stderr)
