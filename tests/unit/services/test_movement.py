"""What moves alike, from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.takes import candidate, take
from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.tracing import MOVES_ALIKE
from vtl_desktop.services.movement import movement


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return take(tmp_path_factory.mktemp("movement") / "source.mp4", seed=1)


def test_a_darker_copy_moves_as_its_source_and_another_take_does_not(source: Path, tmp_path: Path) -> None:
    aligned = candidate(source, Segment(0.0, 2.4, 0.5))
    copy = movement(take(tmp_path / "copy.mp4", seed=1, first=10, darker=0.7), aligned)
    other = movement(take(tmp_path / "other.mp4", seed=2, first=10, darker=0.7), aligned)
    assert copy is not None
    assert other is not None
    assert copy > 0.9 > MOVES_ALIKE > 0.4 > other


def test_without_alignment_or_source_nothing_is_told(source: Path, tmp_path: Path) -> None:
    copy = take(tmp_path / "copy.mp4", seed=1)
    assert movement(copy, candidate(source)) is None
    assert movement(copy, candidate(source, Segment(0.5, 0.5, 0.5))) is None
    assert movement(copy, candidate(tmp_path / "away.mp4", Segment(0.0, 2.0, 0.0))) is None
