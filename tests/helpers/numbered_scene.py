"""A filmed scene that moves like a real one, its frames numbered, and the edits that move frames about in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.helpers.numbered_video import make_video, numbered_picture, read_number
from vtl_desktop.media.video_file import VideoFile

WIDTH, HEIGHT = 480, 270
SECONDS = 6.0

STRIP = (50, 30)
"""Width and height of the number in the bottom right corner: 1.2 % of the picture, which alone aligns nothing."""

RATES: dict[str, float] = {
    "24": 24.0,
    "25": 25.0,
    "29.97": 30000 / 1001,
    "30": 30.0,
    "50": 50.0,
    "60": 60.0,
    "variable": 0.0,
}

VARIABLE_STEPS = (0.030, 0.045, 0.033, 0.060, 0.028, 0.041)
"""Seconds from frame to frame where the rate varies, as a telephone films in changing light."""

QUALITY = {"crf": "23", "preset": "veryfast"}


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A place filmed by a hand-held camera with things moving in it, at any time in seconds.

    Attributes:
        seed: of all that is drawn by chance.
    """

    seed: int

    def at(self, time: float) -> NDArray[np.uint8]:
        """RGB picture."""
        random = np.random.default_rng(self.seed)
        wide, high = WIDTH + 160, HEIGHT + 120
        soft = random.normal(0, 1, (high // 10, wide // 10, 3)).astype(np.float32)
        place = 115 + 38 * cv2.resize(soft, (wide, high), interpolation=cv2.INTER_CUBIC)
        for _ in range(60):
            x, y, size = (int(random.integers(0, limit)) for limit in (wide, high, 46))
            colour = random.integers(20, 235, 3).tolist()
            cv2.rectangle(place, (x, y), (x + 6 + size, y + 6 + size // 2), colour, -1)
        place = np.clip(place, 0, 255).astype(np.uint8)
        for _ in range(4):
            phase, reach, speed = random.uniform(0, 6.3, 3), random.uniform(30, 110, 2), random.uniform(0.6, 1.9, 2)
            x = wide / 2 + reach[0] * np.sin(speed[0] * time + phase[0]) + 25 * np.sin(2.7 * time + phase[2])
            y = high / 2 + reach[1] * np.sin(speed[1] * time + phase[1])
            colour = random.integers(20, 235, 3).tolist()
            cv2.circle(
                place, (round(x * 16), round(y * 16)), int(random.integers(10, 28)) * 16, colour, -1, cv2.LINE_AA, 4
            )
        sway = random.uniform(0, 6.3, 4)
        left = 80 + 35 * np.sin(0.7 * time + sway[0]) + 4 * np.sin(3.1 * time + sway[1])
        top = 60 + 18 * np.sin(0.9 * time + sway[2]) + 3 * np.sin(2.3 * time + sway[3])
        view = np.array([[1, 0, left], [0, 1, top]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(place, view, (WIDTH, HEIGHT), flags=flags), np.uint8)

    def drawer(self, times: Sequence[float]) -> Callable[[int, int, int], NDArray[np.uint8]]:
        """What `make_video` asks for: frame `number` with its number in the corner."""

        def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
            del width, height
            drawn = self.at(times[number])
            drawn[HEIGHT - STRIP[1] :, WIDTH - STRIP[0] :] = numbered_picture(number, *STRIP)
            return drawn

        return picture


def make_source(path: Path, rate: str, seed: int, seconds: float = SECONDS) -> Path:
    """A source of that rate (a key of `RATES`)."""
    steps = VARIABLE_STEPS if rate == "variable" else (1 / RATES[rate],)
    times = [0.0]
    while times[-1] < seconds:
        times.append(times[-1] + steps[(len(times) - 1) % len(steps)])
    drawer = Scene(seed).drawer(times)
    if rate == "variable":
        make_video(path, count=len(times) - 1, size=(WIDTH, HEIGHT), steps=steps, options=QUALITY, picture=drawer)
    else:
        make_video(path, count=len(times) - 1, size=(WIDTH, HEIGHT), rate=RATES[rate], options=QUALITY, picture=drawer)
    return path


@dataclass(frozen=True, slots=True)
class Plan:
    """A suspect: which frames of its source it shows, and when.

    Attributes:
        numbers: of the source's frames, in order.
        times: seconds.
        rate: frames a second, where it is constant.
    """

    numbers: tuple[int, ...]
    times: tuple[float, ...]
    rate: float | None = None


def _even(times: NDArray[np.float64]) -> float:
    return (len(times) - 1) / float(times[-1] - times[0])


def _played(times: NDArray[np.float64], rate: float, speed: float) -> Plan:
    """Played at a speed and filmed off at a rate: each frame is the one on screen then."""
    count = int(times[-1] / speed * rate)
    moments = np.arange(count) / rate
    shown = np.searchsorted(times, moments * speed + 1e-6, side="right") - 1
    return Plan(tuple(int(n) for n in shown), tuple(float(m) for m in moments), rate)


def _listed(numbers: NDArray[np.int64], times: NDArray[np.float64]) -> Plan:
    """These frames one after the other at the source's own (mean) rate."""
    rate = _even(times)
    return Plan(tuple(int(n) for n in numbers), tuple(k / rate for k in range(len(numbers))), rate)


def plans(times: NDArray[np.float64]) -> dict[str, Plan]:
    """All suspects of a source, by name.

    Args:
        times: of the source's frames, seconds, float64 [n].
    """
    own, every = _even(times), np.arange(len(times))
    part = len(times) // 5
    kept = every[every % 5 != 4]
    hole = every[(every < 2 * part) | (every >= 2 * part + 10)]
    found = {f"at {name}": _played(times, RATES[name], 1.0) for name in ("24", "25", "29.97", "30", "50", "60")}
    found |= {f"speed {speed}": _played(times, own, speed) for speed in (0.5, 0.8, 1.25, 2.0)}
    found["every 5th dropped, time kept"] = Plan(tuple(map(int, kept)), tuple(map(float, times[kept] - times[0])))
    found["every 5th dropped, closed up"] = _listed(kept, times)
    found["10 dropped, time kept"] = Plan(tuple(map(int, hole)), tuple(map(float, times[hole] - times[0])))
    found["10 dropped, closed up"] = _listed(hole, times)
    found["every 5th repeats the last"] = _listed(np.where(every % 5 == 4, every - 1, every), times)
    found["every 5th shown twice"] = _listed(np.repeat(every, np.where(every % 5 == 4, 2, 1)), times)
    found["cut from the middle"] = _listed(every[part : 4 * part], times)
    found["jump cut"] = _listed(np.concatenate([every[: 2 * part], every[3 * part :]]), times)
    return found


def make_suspect(path: Path, source: Path, plan: Plan) -> Path:
    """Writes a suspect from the decoded frames of its source, once more compressed."""
    with VideoFile(source) as video:
        pictures = [video.frame(index).picture for index in range(len(video.times))]

    def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
        del width, height
        return pictures[plan.numbers[number]]

    options = {"crf": "28", "preset": "veryfast"}
    count = len(plan.numbers)
    if plan.rate is None:
        steps = [float(step) for step in np.diff(plan.times)]
        make_video(path, count=count, size=(WIDTH, HEIGHT), steps=steps, options=options, picture=picture)
    else:
        make_video(path, count=count, size=(WIDTH, HEIGHT), rate=plan.rate, options=options, picture=picture)
    return path


def number_of(picture: NDArray[np.uint8]) -> int:
    """The number in a frame's corner."""
    return read_number(picture[HEIGHT - STRIP[1] :, WIDTH - STRIP[0] :])
