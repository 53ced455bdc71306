"""How frames reach the Localizator: in fixed windows, each once, never across a cut; and which method makes a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.forged_pair import RATE, candidate, source_frames, write_forged_pair
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.localization import FITTED_DIFFERENCE, LOCALIZATOR
from vtl_desktop.media.writers import write_video
from vtl_desktop.networks.marking import Marks
from vtl_desktop.services import localize
from vtl_desktop.services.localize import Localizer
from vtl_desktop.vision.laying import LaidOver


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Suspect and source."""
    return write_forged_pair(tmp_path_factory.mktemp("media"))


class CountingMarker:
    """Marks the left half as graphics and where pictures differ as altered; the grey tells how many were shown."""

    frames = 4

    def __init__(self) -> None:
        self.shown: list[int] = []

    def mark(self, pairs: Sequence[LaidOver]) -> list[Marks]:
        self.shown.append(len(pairs))
        out = []
        for pair in pairs:
            graphics = np.zeros(pair.inside.shape, np.uint8)
            graphics[:, : graphics.shape[1] // 2] = 200 + len(pairs)
            apart = np.abs(pair.suspect.astype(int) - pair.source).max(2) > 40
            out.append(Marks(graphics, apart.astype(np.uint8) * np.uint8(255)))
        return out


@pytest.fixture
def marker(monkeypatch: pytest.MonkeyPatch) -> CountingMarker:
    fake = CountingMarker()
    monkeypatch.setattr(localize, "shared_marker", lambda device: fake)
    monkeypatch.setattr(localize, "methods", lambda: (LOCALIZATOR, FITTED_DIFFERENCE))
    return fake


def test_both_kinds_and_the_greater_of_them(files: tuple[Path, Path], marker: CountingMarker) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 1.2, 1.0))) as localizer:
        mask = localizer.mask(0.61)
    assert mask is not None
    assert mask.method == LOCALIZATOR
    assert mask.graphics is not None
    assert mask.altered is not None
    assert (mask.picture == np.maximum(mask.graphics, mask.altered)).all()
    assert mask.picture.shape == (240, 320)
    assert (mask.graphics[:, :160] == 204).all()


def test_the_fitted_difference_stays_beside_it(files: tuple[Path, Path], marker: CountingMarker) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 1.2, 1.0))) as localizer:
        mask = localizer.mask(0.61, method=FITTED_DIFFERENCE)
        assert localizer.methods == (LOCALIZATOR, FITTED_DIFFERENCE)
    assert mask is not None
    assert (mask.method, mask.graphics, mask.altered) == (FITTED_DIFFERENCE, None, None)
    assert marker.shown == []


def test_a_mask_is_the_same_played_scrubbed_or_written(
    files: tuple[Path, Path], marker: CountingMarker, tmp_path: Path
) -> None:
    found = candidate(files[1], Segment(0.0, 1.2, 1.0))
    with Localizer(*files, found) as localizer:
        scrubbed = {index: localizer.mask(index / RATE + 0.001) for index in (17, 3, 10, 16, 2)}
    assert marker.shown == [4, 4, 4]
    marker.shown.clear()
    with Localizer(*files, found) as localizer:
        localizer.write_masks(tmp_path / "masks.mkv")
    # 24 frames, each shown once.
    assert marker.shown == [4] * 6
    with av.open(str(tmp_path / "masks.mkv")) as container:
        written = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    for index, mask in scrubbed.items():
        assert mask is not None
        assert (written[index] == mask.picture).all()


def test_a_window_ends_where_the_alignment_ends(files: tuple[Path, Path], marker: CountingMarker) -> None:
    with Localizer(*files, candidate(files[1], Segment(0.0, 0.5, 1.0))) as localizer:
        assert localizer.mask(0.41) is not None
        assert localizer.mask(0.61) is None
    # Frames 8 and 9 of the window from 8 to 11.
    assert marker.shown == [2]


def test_frames_on_both_sides_of_a_cut_are_not_shown_together(tmp_path: Path, marker: CountingMarker) -> None:
    frames = list(source_frames(60))
    write_video(tmp_path / "source.mp4", frames, RATE)
    write_video(tmp_path / "suspect.mp4", frames[:10] + frames[40:50], RATE)
    found = candidate(tmp_path / "source.mp4", Segment(0.0, 0.5, 0.0), Segment(0.5, 1.0, 2.0))
    with Localizer(tmp_path / "suspect.mp4", tmp_path / "source.mp4", replace(found, mirrored=False)) as localizer:
        before, after = localizer.mask(0.451), localizer.mask(0.501)
    assert before is not None
    assert after is not None
    assert (before.source_time, after.source_time) == (pytest.approx(0.45), pytest.approx(2.0))
    assert marker.shown == [2, 2]
    for mask in (before, after):
        assert mask.altered is not None
        assert (mask.altered > 127).mean() < 0.01
