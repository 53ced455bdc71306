from __future__ import annotations

import numpy as np
import pytest

from vtl_desktop.training import forged as module
from vtl_desktop.training.forged import LONGEST, forged
from vtl_desktop.training.forgery import FORGERS, FORGERY_KINDS, KINDS, Forger

SIZE = 48


def clips(*lengths: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Frames of so many clips; all frames of a clip have a texture of its own, which drifts."""
    rng = np.random.default_rng(seed)
    frames = []
    for length in lengths:
        texture = rng.integers(0, 256, (SIZE // 8, SIZE // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
        frames += [np.roll(texture, index, axis=1) for index in range(length)]
    return np.stack(frames), np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)


class Recorder:
    """Forgers that write down what they are given, and mark what they forge."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []
        monkeypatch.setattr(module, "FORGERS", {name: self._forger(name) for name in FORGERS})
        # One thread: in the order of the clips' numbers.
        monkeypatch.setattr(module.os, "cpu_count", lambda: 1)

    def _forger(self, name: str) -> Forger:
        def forge(frames: np.ndarray, other: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            self.calls.append((name, frames, other, masks))
            return np.where(masks[..., None], 255 - frames, frames)

        return forge

    @property
    def names(self) -> set[str]:
        return {name for name, *_ in self.calls}


def test_the_kinds_are_those_of_all_forgers() -> None:
    assert FORGERY_KINDS == ("splice", "swap", "removal", "clone", "warp")
    assert sorted(name for forgers in KINDS.values() for name in forgers) == sorted(FORGERS)


def test_a_part_of_every_frame_is_forged_and_the_rest_is_not() -> None:
    frames, clip = clips(*[5] * 30, *[1] * 10)
    kept = frames.copy()
    fakes = forged(frames, clip, 0)
    assert fakes.shape == frames.shape
    assert fakes.dtype == np.uint8
    assert np.array_equal(frames, kept)
    changed = (fakes != frames).any(-1).mean((1, 2))
    assert changed.max() < 0.35
    assert (changed > 0).mean() > 0.9
    assert 0.01 < changed.mean() < 0.2


def test_only_masked_pixels_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    frames, clip = clips(4, 1, 7)
    fakes = forged(frames, clip, 3)
    masks = np.concatenate([masks for *_, masks in recorder.calls])
    assert np.array_equal((fakes != frames).all(-1), masks)


def test_is_the_same_for_the_same_seed_alone() -> None:
    frames, clip = clips(6, 3, 1, 1, 9)
    first = forged(frames, clip, 5)
    assert np.array_equal(first, forged(frames, clip, 5))
    assert not np.array_equal(first, forged(frames, clip, 6))


def test_where_a_clip_lies_does_not_matter() -> None:
    frames, clip = clips(6, 3, 1, 4)
    order = np.concatenate([np.flatnonzero(clip == number) for number in (2, 0, 3, 1)])
    assert np.array_equal(forged(frames[order], clip[order], 1), forged(frames, clip, 1)[order])


def test_every_forger_has_its_turn_and_none_that_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, clip = clips(*[1] * 150)
    recorder = Recorder(monkeypatch)
    forged(frames, clip, 0)
    assert recorder.names == set(FORGERS)
    for kind in FORGERY_KINDS:
        recorder.calls.clear()
        forged(frames, clip, 0, without=(kind, "blur"))
        assert recorder.names == set(FORGERS) - set(KINDS[kind])
        assert len(recorder.calls) == 150


def test_all_kinds_left_out_change_nothing() -> None:
    frames, clip = clips(3, 2)
    fakes = forged(frames, clip, 0, without=FORGERY_KINDS)
    assert np.array_equal(fakes, frames)
    assert not np.shares_memory(fakes, frames)


def test_what_is_lent_is_another_clip_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, clip = clips(6, 2, 1, 9)
    recorder = Recorder(monkeypatch)
    lenders = set()
    for seed in range(6):
        recorder.calls.clear()
        forged(frames, clip, seed)
        for number, (_, own, other, _) in enumerate(recorder.calls):
            assert np.array_equal(own, frames[clip == number])
            lender = next(k for k in range(4) if np.array_equal(other[0], frames[clip == k][0]))
            lent = frames[clip == lender]
            assert np.array_equal(other, lent[np.arange(len(own)) % len(lent)])
            lenders.add((number, lender))
    assert all(number != lender for number, lender in lenders)
    assert len(lenders) > 8


def test_a_clip_that_is_alone_lends_to_itself() -> None:
    frames, clip = clips(5)
    assert forged(frames, clip, 0).shape == frames.shape
    assert forged(frames[:0], clip[:0], 0).shape == (0, SIZE, SIZE, 3)


def test_long_clips_are_forged_in_pieces_by_one_forger(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    frames, clip = clips(2 * LONGEST + 10, 2)
    fakes = forged(frames, clip, 0)
    own = recorder.calls[:-1]
    assert [len(given) for _, given, _, _ in own] == [46, 46, 46]
    assert len({name for name, *_ in own}) == 1
    assert np.array_equal(np.concatenate([given for _, given, _, _ in own]), frames[:-2])
    assert (fakes != frames).any((1, 2, 3)).all()


def test_what_a_forger_raises_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> np.ndarray:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "FORGERS", dict.fromkeys(FORGERS, fails))
    with pytest.raises(ZeroDivisionError):
        forged(*clips(3, 2), 0)
