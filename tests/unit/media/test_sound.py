from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.numbered_video import make_video
from tests.helpers.sounding_video import RATE, make_sounding, speech
from vtl_desktop.core.errors import Cancelled, MissingMedia, UnreadableMedia
from vtl_desktop.core.jobs import CancelToken
from vtl_desktop.media.sound import NoSound, SoundReader


def heard(path: Path, rate: int = 8000, **stretch: float) -> tuple[float, np.ndarray]:
    blocks = list(SoundReader(path, rate, **stretch).blocks(CancelToken()))
    return blocks[0][0], np.concatenate([samples for _, samples in blocks])


def click_at(seconds: float, moment: float) -> np.ndarray:
    samples = np.zeros(int(seconds * RATE), np.float32)
    samples[int(moment * RATE) : int(moment * RATE) + 80] = 0.9
    return samples


def click_time(start: float, samples: np.ndarray, rate: int = 8000) -> float:
    return start + float(np.abs(samples).argmax()) / rate


def test_samples_are_mono_in_full_scale_and_as_long_as_the_sound(tmp_path: Path) -> None:
    start, samples = heard(make_sounding(tmp_path / "a.mkv", speech(2.0), codec="pcm_s16le"))
    assert samples.dtype == np.float32
    assert start == pytest.approx(0.0, abs=0.002)
    assert len(samples) / 8000 == pytest.approx(2.0, abs=0.1)
    assert 0.2 < np.abs(samples).max() <= 0.4


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "pcm_s16le"), ("a.mp4", "aac"), ("a.ts", "aac")])
def test_times_count_from_the_first_picture(tmp_path: Path, name: str, codec: str) -> None:
    late = make_sounding(
        tmp_path / name, click_at(2.0, 1.0), seconds=2.5, codec=codec, picture_start=0.0, sound_start=0.4
    )
    assert click_time(*heard(late)) == pytest.approx(1.4, abs=0.012)
    early = make_sounding(
        tmp_path / f"early{name}", click_at(2.0, 1.0), seconds=2.0, codec=codec, picture_start=0.4, sound_start=0.0
    )
    assert click_time(*heard(early)) == pytest.approx(0.6, abs=0.012)


def test_a_stretch_of_a_long_sound_has_the_times_of_the_whole(tmp_path: Path) -> None:
    path = make_sounding(tmp_path / "a.mp4", click_at(20.0, 12.3))
    start, samples = heard(path, start=11.0, end=14.0)
    assert 10.0 < start <= 11.0
    assert len(samples) / 8000 < 5.0
    assert click_time(start, samples) == pytest.approx(12.3, abs=0.012)


def test_a_file_without_sound_and_one_that_is_not_there(tmp_path: Path) -> None:
    silent = make_video(tmp_path / "silent.mp4", count=5).path
    with pytest.raises(NoSound, match=r"silent\.mp4 has no sound"):
        heard(silent)
    with pytest.raises(MissingMedia):
        heard(tmp_path / "none.mp4")


def test_damaged_packets_are_left_out_and_counted(tmp_path: Path) -> None:
    path = make_sounding(tmp_path / "a.mkv", speech(6.0), codec="aac")
    spoiled = spoil(path, tmp_path / "b.mkv", share=0.3)
    reader = SoundReader(spoiled, 8000)
    samples = np.concatenate([block for _, block in reader.blocks(CancelToken())])
    assert reader.damaged > 0
    assert 2.0 < len(samples) / 8000 < 6.2


def test_a_sound_of_which_nothing_can_be_decoded_is_unreadable_and_says_so(tmp_path: Path) -> None:
    spoiled = spoil(make_sounding(tmp_path / "a.mkv", speech(2.0), codec="aac"), tmp_path / "b.mkv", share=1.0)
    with pytest.raises(UnreadableMedia, match=r"b\.mkv: its sound cannot be decoded"):
        heard(spoiled)


def test_cancelling_ends_it(tmp_path: Path) -> None:
    path = make_sounding(tmp_path / "a.mp4", speech(2.0))
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(SoundReader(path, 8000).blocks(cancel))


def spoil(path: Path, out: Path, share: float) -> Path:
    """A copy in which the bytes of some sound packets are overwritten, the container left whole."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    rng = np.random.default_rng(0)
    for packet in packets:
        if rng.random() < share:
            place = data.find(packet)
            data[place : place + len(packet)] = b"\xff" * len(packet)
    out.write_bytes(bytes(data))
    return out
