"""What the decoder says of a video, put into words."""

from __future__ import annotations

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from vtl_desktop.core.media import MediaFacts
from vtl_desktop.media.indexed import IndexedVideo
from vtl_desktop.media.pictures import KNOWN_MATRICES

_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020", 12: "p3"}
_TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 13: "srgb",
    14: "bt2020-10", 15: "bt2020-12", 16: "pq", 18: "hlg",
}  # fmt: skip
_MATRICES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
_RANGES = {1: "tv", 2: "pc"}


def facts_of(video: IndexedVideo) -> MediaFacts:
    """The facts of an open video."""
    frame, stream, index = video.first, video.stream, video.index
    times = index.times
    width, height = video.orientation.size(frame.width, frame.height)
    container = video.container.format.name
    image = len(times) == 1 and container.endswith("_pipe")
    last = _last_duration(video, times)
    duration = 0.0 if image else float(times[-1]) + last
    return MediaFacts(
        path=str(video.path),
        size=video.size,
        kind="image" if image else "video",
        container=container,
        codec=stream.codec_context.codec.canonical_name,
        width=width,
        height=height,
        duration=duration,
        frame_rate=0.0 if image else _frame_rate(video, times, last),
        frame_count=len(times),
        variable_frame_rate=is_variable(times, float(index.time_base)),
        start_time=0.0 if index.counted else float(index.pts[0] * index.time_base),
        rotation=video.orientation.degrees,
        bit_depth=frame.format.components[0].bits,
        pixel_format=frame.format.name,
        colour=_colour(frame),
        audio=_audio(video.container),
        bit_rate=video.container.bit_rate or (round(video.size * 8 / duration) if duration > 0 else 0),
        notes=_notes(video, times),
    )


def is_variable(times: NDArray[np.float64], unit: float) -> bool:
    """Whether the steps between times differ by more than rounding to units (or to milliseconds) explains."""
    if len(times) < 3:
        return False
    steps = np.diff(times)
    return float(steps.max() - steps.min()) > max(1.5 * unit, 0.00105)


def _last_duration(video: IndexedVideo, times: NDArray[np.float64]) -> float:
    stated = float(video.index.last_duration * video.index.time_base)
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if stated > 0 and (usual == 0 or stated < 10 * usual):
        return stated
    rate = video.stream.average_rate
    return usual or (float(1 / rate) if rate else 0.04)


def _frame_rate(video: IndexedVideo, times: NDArray[np.float64], last: float) -> float:
    if len(times) < 2:
        return 1.0 / last if last > 0 else 0.0
    measured = (len(times) - 1) / float(times[-1])
    stated = float(video.stream.average_rate or 0)
    # Times rounded to milliseconds give 29.99 for 30: what the file says is the better number where both agree.
    return stated if abs(stated - measured) < 0.002 * measured else measured


def _colour(frame: av.VideoFrame) -> str:
    parts = (
        _MATRICES.get(int(frame.colorspace), ""),
        _PRIMARIES.get(int(frame.color_primaries), ""),
        _TRANSFERS.get(int(frame.color_trc), ""),
        _RANGES.get(int(frame.color_range), ""),
    )
    return " / ".join(part or "?" for part in parts) if any(parts) else ""


def _audio(container: InputContainer) -> str:
    words = []
    for context in (stream.codec_context for stream in container.streams.audio if stream.codec_context is not None):
        plural = "" if context.channels == 1 else "s"
        words.append(f"{context.codec.canonical_name}, {context.sample_rate} Hz, {context.channels} channel{plural}")
    return "; ".join(words)


def _notes(video: IndexedVideo, times: NDArray[np.float64]) -> tuple[str, ...]:
    return tuple(_timing_notes(video, times) + _damage_notes(video) + _picture_notes(video))


def _timing_notes(video: IndexedVideo, times: NDArray[np.float64]) -> list[str]:
    index, notes = video.index, []
    if is_variable(times, float(index.time_base)):
        steps = np.diff(times)
        notes.append(f"variable frame rate: frames stay for {steps.min() * 1000:.0f} to {steps.max() * 1000:.0f} ms")
    if index.restarts:
        notes.append(f"time begins anew {index.restarts} times in the file: its parts are shown one after another")
    elif index.counted:
        if index.untimed:
            rate = 1 / index.time_base
            notes.append(f"the file holds no presentation times: frames are counted, at {float(rate):g} a second")
        else:
            notes.append("the file's times are out of order: frames are counted from the beginning, so seeking is slow")
    if index.discarded:
        notes.append(f"{index.discarded} stored frames are hidden by the file's edit list and not shown")
    if index.doubled:
        notes.append(f"{index.doubled} frames share their time with another and are not shown")
    return notes


def _damage_notes(video: IndexedVideo) -> list[str]:
    index, notes = video.index, []
    stated = video.stream.frames
    held = len(index.pts) + index.headless + index.discarded + index.doubled
    if stated > held:
        notes.append(f"the file ends early: it says {stated} frames, {held} are there")
    if index.untimed and not index.counted:
        notes.append(f"{index.untimed} packets without a time were left out")
    if index.headless:
        notes.append(f"the first {index.headless} frames build on frames that are not in the file and are not shown")
    if index.impossible:
        notes.append(f"{index.impossible} packets with an impossible time were left out")
    if index.demux_errors:
        notes.append(f"the file is damaged in {index.demux_errors} places")
    if video.decode_errors:
        notes.append(f"{video.decode_errors} errors in decoding the beginning of the file")
    return notes


def _picture_notes(video: IndexedVideo) -> list[str]:
    frame, notes = video.first, [*video.orientation.notes]
    aspect = video.stream.sample_aspect_ratio
    # A hundredth comes from rounding sizes to even numbers.
    if aspect and abs(float(aspect) - 1) > 0.01:
        notes.append(
            f"pixels are not square ({aspect.numerator}:{aspect.denominator}); they are shown and measured as stored"
        )
    if frame.interlaced_frame:
        notes.append("interlaced: both fields of a frame are shown together")
    depth = frame.format.components[0].bits
    if depth > 8:
        notes.append(f"{depth} bits a sample, shown in 8")
    if int(frame.color_trc) in (16, 18):
        notes.append(
            f"high dynamic range ({_TRANSFERS[int(frame.color_trc)]}): shown without tone mapping, so dark and pale"
        )
    if int(frame.colorspace) not in KNOWN_MATRICES:
        notes.append(f"the file names a colour matrix (number {int(frame.colorspace)}) that is shown approximately")
    if video.stream_count > 1:
        notes.append(f"{video.stream_count} video streams; the first is shown")
    return notes
