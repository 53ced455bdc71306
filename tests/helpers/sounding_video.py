"""Small videos with a sound that is known: made-up speech, each seed another."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16000
_PICTURES = 25


def speech(seconds: float, seed: int = 0, rate: int = RATE) -> NDArray[np.float32]:
    """Syllables of buzz and hiss at random pitches, tones and pauses, full scale 1, float32 [seconds * rate]."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * rate))
    at = 0.02
    while at < seconds - 0.3:
        length = rng.uniform(0.08, 0.25)
        time = np.arange(int(length * rate)) / rate
        pitch, formant = rng.uniform(90, 240), rng.uniform(300, 3000, 2)
        harmonics = np.arange(1, int(3800 / pitch))
        loud = sum(np.exp(-(((harmonics * pitch - f) / 250) ** 2)) for f in formant) + 0.02
        buzz = (loud[:, None] * np.sin(2 * np.pi * pitch * harmonics[:, None] * time)).sum(axis=0)
        hiss = rng.normal(0, rng.choice([0.05, 0.8]), len(time))
        begin = int(at * rate)
        out[begin : begin + len(time)] += (buzz + hiss) * np.hanning(len(time)) * rng.uniform(0.4, 1.0)
        at += length + rng.choice([0.02, 0.15])
    return (0.3 * out / max(np.abs(out).max(), 1e-9)).astype(np.float32)


def make_sounding(
    path: Path,
    samples: NDArray[np.float32] | None,
    *,
    seconds: float | None = None,
    codec: str = "aac",
    bit_rate: int = 64000,
    picture_start: float = 0.0,
    sound_start: float = 0.0,
) -> Path:
    """Writes a video of small grey pictures with a sound track.

    Args:
        samples: mono, at `RATE`; None for no sound track.
        seconds: of picture; as long as the sound when None.
        picture_start, sound_start: time stamps of the first picture and the first sample, seconds.
    """
    seconds = len(samples) / RATE if seconds is None and samples is not None else seconds or 1.0
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=_PICTURES)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = None
        if samples is not None:
            audio = out.add_stream(codec, rate=RATE)
            audio.bit_rate, audio.layout = bit_rate, "mono"
        for number in range(max(round(seconds * _PICTURES), 1)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + number % 150, np.uint8), "rgb24")
            frame.pts, frame.time_base = number + round(picture_start * _PICTURES), Fraction(1, _PICTURES)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None and samples is not None:
            size = audio.codec_context.frame_size or 1024
            for first in range(0, len(samples), size):
                block = np.zeros(size, np.float32)
                part = samples[first : first + size]
                block[: len(part)] = part
                out.mux(audio.encode(_frame(block, first + round(sound_start * RATE), audio.format.name)))
            out.mux(audio.encode(None))
    return path


def add_sound(path: Path, samples: NDArray[np.float32], out: Path) -> Path:
    """A copy of a video, its pictures untouched, with a sound track."""
    with av.open(str(path)) as silent, av.open(str(out), "w") as container:
        pictures = silent.streams.video[0]
        video = container.add_stream_from_template(pictures)
        audio = container.add_stream("aac", rate=RATE)
        audio.layout = "mono"
        size = 1024
        for first in range(0, len(samples) - size, size):
            container.mux(audio.encode(_frame(samples[first : first + size], first, audio.format.name)))
        container.mux(audio.encode(None))
        for packet in silent.demux(pictures):
            if packet.dts is not None:
                packet.stream = video
                container.mux(packet)
    return out


def _frame(samples: NDArray[np.float32], pts: int, form: str) -> av.AudioFrame:
    full = {"s16": 32767, "s32": 2**31 - 1}.get(form.rstrip("p"))
    wanted = samples if full is None else (samples * full).astype(np.int16 if form.startswith("s16") else np.int32)
    frame = av.AudioFrame.from_ndarray(wanted[None], format=form, layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, pts, Fraction(1, RATE)
    return frame
