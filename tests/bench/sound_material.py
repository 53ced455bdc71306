"""Suspects with a known sound, made from real clips: other codecs, noise, shifts, speeds, and other people's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vtl_desktop.core.alignment import Segment
from vtl_desktop.core.sound import AGREES, DIFFERS, ELSEWHERE, NO_SUSPECT_SOUND, PARTLY, SILENT

RATE = 8000
_PICTURES = 25


@dataclass(frozen=True)
class Sound:
    """A clip's sound, mono, at 8,000 samples a second."""

    path: Path
    samples: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


@dataclass(frozen=True)
class Made:
    """A suspect's sound, how it is coded, how its pictures are aligned, and what has to be said of it."""

    samples: NDArray[np.float32] | None
    segments: tuple[Segment, ...]
    expected: tuple[str, ...] = (AGREES,)
    offset: float | None = 0.0
    codec: str = "aac"
    bit_rate: int = 64000
    coded_at: int = 16000
    ending: str = ".mp4"
    seconds: float = 0.0


Attack = Callable[[Sound, Sound, np.random.Generator], Made | None]


def _whole(sound: Sound, samples: NDArray | None = None, **more: object) -> Made:
    segments = (Segment(0.0, sound.seconds, 0.0),)
    return Made(sound.samples if samples is None else samples.astype(np.float32), segments, **more)  # type: ignore[arg-type]


def _noise(decibels: float) -> Attack:
    def attack(sound: Sound, _other: Sound, rng: np.random.Generator) -> Made:
        level = np.sqrt(np.mean(np.square(sound.samples))) * 10 ** (-decibels / 20)
        return _whole(sound, sound.samples + rng.normal(0, level, len(sound.samples)))

    return attack


def _codec(**how: object) -> Attack:
    return lambda sound, _other, _rng: _whole(sound, **how)


def _fitted(other: Sound, count: int) -> NDArray[np.float32]:
    return np.resize(other.samples, count)


def _equaliser(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made:
    return _whole(sound, np.diff(sound.samples, prepend=0) * 0.7 + 0.1 * sound.samples)


def _shift(seconds: float) -> Attack:
    def attack(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made:
        # Heard later in the suspect: what sounds at t was recorded earlier.
        places = np.arange(len(sound.samples)) - round(seconds * RATE)
        there = (places >= 0) & (places < len(sound.samples))
        moved = np.where(there, sound.samples[np.clip(places, 0, len(sound.samples) - 1)], 0)
        return _whole(sound, moved, expected=(ELSEWHERE,), offset=-seconds)

    return attack


def _cut(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made | None:
    if sound.seconds < 4:
        return None
    kept = sound.samples[RATE : -RATE // 2]
    return Made(kept, (Segment(0.0, len(kept) / RATE, 1.0),))


def _redubbed(sound: Sound, other: Sound, _rng: np.random.Generator) -> Made:
    return _whole(sound, _fitted(other, len(sound.samples)), expected=(DIFFERS,), offset=None)


def _half_redubbed(sound: Sound, other: Sound, _rng: np.random.Generator) -> Made | None:
    if sound.seconds < 5.5:
        return None
    half = len(sound.samples) // 2
    return _whole(
        sound, np.concatenate([sound.samples[:half], _fitted(other, len(sound.samples))[half:]]), expected=(PARTLY,)
    )


def _two_seconds(sound: Sound, other: Sound, _rng: np.random.Generator) -> Made | None:
    if sound.seconds < 7:
        return None
    samples = sound.samples.copy()
    samples[3 * RATE : 5 * RATE] = _fitted(other, 2 * RATE)
    return _whole(sound, samples, expected=(PARTLY,))


def _muted(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made | None:
    if sound.seconds < 7:
        return None
    samples = sound.samples.copy()
    samples[3 * RATE : 5 * RATE] = 0
    return _whole(sound, samples, expected=(PARTLY,))


def _mixed(sound: Sound, other: Sound, _rng: np.random.Generator) -> Made:
    quieter = _fitted(other, len(sound.samples))
    scale = np.sqrt(np.mean(np.square(sound.samples)) / max(np.mean(np.square(quieter)), 1e-9)) / 2
    return _whole(sound, sound.samples + scale * quieter, expected=(AGREES, PARTLY))


def _speed(rate: float, *, keep_pitch: bool) -> Attack:
    def attack(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made:
        samples = tempo(sound.samples, rate) if keep_pitch else played_at(sound.samples, rate)
        return Made(samples, (Segment(0.0, len(samples) / RATE, 0.0, rate),))

    return attack


def _own_speed(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made | None:
    """The pictures run a quarter faster, the sound as it was."""
    if sound.seconds < 5.5:
        return None
    count = round(len(sound.samples) / 1.25)
    return Made(
        sound.samples[:count], (Segment(0.0, count / RATE, 0.0, 1.25),), expected=(ELSEWHERE, PARTLY), offset=None
    )


def _silent(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made:
    return _whole(sound, np.zeros_like(sound.samples), expected=(SILENT, DIFFERS), offset=None)


def _none(sound: Sound, _other: Sound, _rng: np.random.Generator) -> Made:
    return Made(None, (Segment(0.0, sound.seconds, 0.0),), (NO_SUSPECT_SOUND,), None, seconds=sound.seconds)


ATTACKS: dict[str, Attack] = {
    "AAC, 64 kbit/s": _codec(),
    "AAC, 32 kbit/s": _codec(bit_rate=32000),
    "MP3, 32 kbit/s": _codec(codec="libmp3lame", bit_rate=32000, coded_at=22050, ending=".mkv"),
    "Opus, 12 kbit/s": _codec(codec="libopus", bit_rate=12000, ending=".mkv"),
    "16 dB softer": lambda sound, _other, _rng: _whole(sound, sound.samples * 0.16),
    "tone controls": _equaliser,
    "noise at 20 dB": _noise(20),
    "noise at 10 dB": _noise(10),
    "noise at 5 dB": _noise(5),
    "MPEG-TS, clock begins at 1.4 s": _codec(ending=".ts"),
    "first second cut off": _cut,
    "another clip 6 dB softer on top": _mixed,
    "1.25 times as fast, pitch kept": _speed(1.25, keep_pitch=True),
    "1.25 times as fast": _speed(1.25, keep_pitch=False),
    "0.8 times as fast": _speed(0.8, keep_pitch=False),
    "1.5 times as fast, pitch kept": _speed(1.5, keep_pitch=True),
    "2 times as fast": _speed(2.0, keep_pitch=False),
    "0.5 times as fast": _speed(0.5, keep_pitch=False),
    "pictures 1.25 times as fast, sound not": _own_speed,
    "half a second late": _shift(0.5),
    "half a second early": _shift(-0.5),
    "0.2 s late": _shift(0.2),
    "another clip's": _redubbed,
    "second half another clip's": _half_redubbed,
    "two seconds another clip's": _two_seconds,
    "two seconds muted": _muted,
    "muted": _silent,
    "no sound track": _none,
}


def played_at(samples: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    """Faster and higher, or slower and lower, as a tape would."""
    resampler = av.AudioResampler("fltp", "mono", round(RATE / rate))
    frames = [*resampler.resample(_frame(samples, RATE)), *resampler.resample(None)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def tempo(samples: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    """Faster or slower, the pitch kept."""
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_abuffer(sample_rate=RATE, format="fltp", layout="mono", time_base=Fraction(1, RATE)),
        graph.add("atempo", str(rate)),
        graph.add("aformat", "sample_fmts=fltp:channel_layouts=mono"),
        graph.add("abuffersink"),
    ).configure()
    graph.push(_frame(samples, RATE))
    graph.push(None)
    parts = []
    while True:
        try:
            parts.append(graph.pull().to_ndarray()[0])
        except (av.error.EOFError, av.error.BlockingIOError):
            return np.concatenate(parts)


def write_suspect(made: Made, path: Path) -> None:
    """A video of small grey pictures with that sound."""
    seconds = made.seconds or len(made.samples) / RATE  # type: ignore[arg-type]
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=_PICTURES)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = None
        if made.samples is not None:
            audio = out.add_stream(made.codec, rate=made.coded_at)
            audio.bit_rate, audio.layout = made.bit_rate, "mono"
        for number in range(max(round(seconds * _PICTURES), 1)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number % 200, np.uint8), "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, _PICTURES)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None:
            fifo = av.AudioFifo()
            resampler = av.AudioResampler(audio.format.name, "mono", made.coded_at)
            for frame in [*resampler.resample(_frame(made.samples, RATE)), *resampler.resample(None)]:
                fifo.write(frame)
            size = audio.codec_context.frame_size or 1024
            while (block := fifo.read(size, partial=True)) is not None:
                out.mux(audio.encode(block))
            out.mux(audio.encode(None))


def _frame(samples: NDArray[np.float32], rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    return frame
