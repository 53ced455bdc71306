"""Seeking, stepping back, playing two panes with the mask, opening the window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_material import KEYFRAME_EVERY, SIZES, Material, decode_all, decode_to
from bench_table import Row, seconds

from vtl_desktop.media.video_file import VideoFile

STEPS = 12


def seeking(material: Material, *, samples: int) -> list[Row]:
    """Exact seeks in a file just opened, and steps back from there, against plain PyAV on the same frames."""
    rows = []
    rng = np.random.default_rng(1)
    for name in SIZES:
        path = material.films[name][0]
        seeks, plain, steps = [], [], []
        with VideoFile(path) as video:
            times = video.times
        for index in rng.integers(STEPS + 1, len(times), samples):
            # A fresh file each time: nothing is in its cache.
            with VideoFile(path) as video:
                seeks.append(seconds(lambda v=video, i=index: v.frame(int(i))))
                steps += [seconds(lambda v=video, i=index - s: v.frame(int(i))) for s in range(1, STEPS + 1)]
            plain.append(seconds(lambda p=path, i=index, t=times: decode_to(p, int(i), t)))
        frame = seconds(lambda p=path: decode_all(p)) / len(times)
        note = f"keyframes {KEYFRAME_EVERY} frames apart, B-frames; nothing in the cache"
        for word, share in (("median", 50), ("95th percentile", 95)):
            seek, least = np.percentile(seeks, share) * 1e3, np.percentile(plain, share) * 1e3
            rows.append(
                Row(
                    f"exact seek, {name}, {word}", seek, "ms", least, "plain PyAV, same frames", runs=samples, note=note
                )
            )
            note = ""
        for word, share in (("median", 50), ("95th percentile", 95)):
            step = np.percentile(steps, share) * 1e3
            rows.append(
                Row(f"step back, {name}, {word}", step, "ms", frame * 1e3, "decode one frame", runs=samples * STEPS)
            )
    return rows


def painting(material: Material, *, seconds_long: float) -> list[Row]:
    """How often both panes can be painted with 1080p pictures and a mask, when nothing has to be decoded."""
    from PySide6.QtWidgets import QHBoxLayout, QWidget

    from vtl_desktop.ui.app import make_application
    from vtl_desktop.ui.playback.picture_view import MaskMode, PictureView

    application = make_application()
    with VideoFile(material.films["1080p"][0]) as video:
        pictures = [video.frame(index).picture for index in range(6)]
    masks = [np.where(picture[..., 0] > 128, 200, 0).astype(np.uint8) for picture in pictures]
    window = QWidget()
    row = QHBoxLayout(window)
    views = [PictureView(window), PictureView(window)]
    for view in views:
        row.addWidget(view)
        view.set_mask_mode(MaskMode.OVER, 0.6)
    window.resize(1920, 620)
    window.show()
    application.processEvents()
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds_long:
        picture, mask = pictures[count % 6], masks[count % 6]
        views[0].show_picture(picture, mask)
        views[1].show_picture(picture)
        for view in views:
            view.repaint()
        count += 1
    rate = count / (time.perf_counter() - started)
    window.close()
    return [Row("paint two 1080p panes and the mask", rate, "/s", runs=count, note="nothing decoded, window 1920 wide")]


def playing(material: Material, *, seconds_long: float) -> list[Row]:
    """Frame pairs and masks shown a second while two 1080p files play, decoded and localized as they go."""
    from vtl_desktop.services.intake import take_in
    from vtl_desktop.services.workbench import Workbench
    from vtl_desktop.ui.app import make_application
    from vtl_desktop.ui.comparing.compare_view import CompareView
    from vtl_desktop.ui.playback.picture_view import MaskMode

    make_application()
    suspect, source = material.films["1080p"]
    exhibit = take_in(suspect)
    view = CompareView(Workbench())
    view.resize(1920, 900)
    view.show()
    shown: list[tuple[float, int]] = []
    masked: set[int] = set()

    def note_mask(pair) -> None:
        if pair.mask.mask is not None:
            masked.add(pair.index)

    view.comparison.pairShown.connect(lambda pair: shown.append((time.perf_counter(), pair.index)))
    view.comparison.pairShown.connect(note_mask)
    view.comparison.maskChanged.connect(note_mask)
    view.show_pair(exhibit, _candidate(source, exhibit.facts.duration), source)
    view.mask_bar.set_mode(MaskMode.OVER)
    deadline = time.perf_counter() + 30
    while not masked and time.perf_counter() < deadline:
        _wait(0.1)
    view.seek(0.0)
    _wait(0.5)
    view.comparison.clock.play()
    # Half a second to get going; the file must not end before the measuring does.
    _wait(0.5)
    shown.clear()
    masked.clear()
    _wait(min(seconds_long, exhibit.facts.duration - 1.5))
    counted, masks = len({index for _, index in shown}), len(masked)
    span = shown[-1][0] - shown[0][0] if counted > 1 else float("inf")
    view.shutdown(5.0)
    view.close()
    rate = exhibit.facts.frame_rate
    against = "the film's own rate"
    return [
        Row("pairs shown, two 1080p panes playing", (counted - 1) / span, "/s", rate, against, runs=counted),
        Row("of them with their mask", masks / span, "/s", rate, against, runs=masks),
    ]


def _wait(length: float) -> None:
    """Lets the window work for some seconds."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(int(length * 1000), loop.quit)
    loop.exec()


def _candidate(source: Path, duration: float):
    from vtl_desktop.core.alignment import Alignment, Segment
    from vtl_desktop.core.tracing import Candidate, Source
    from vtl_desktop.media.probe import probe

    facts = probe(source)
    known = Source(
        1,
        str(source),
        "0" * 64,
        facts.size,
        facts.duration,
        facts.frame_rate,
        facts.width,
        facts.height,
        facts.codec,
        "",
    )
    return Candidate(1, known, 20.0, 60.0, False, Alignment((Segment(0.0, duration, 0.0),)), (), 1.0, 1.0)


_CHILD = """
import sys, time
kind, begun = sys.argv[1], float(sys.argv[2])
if kind == "bare":
    from PySide6.QtWidgets import QApplication, QWidget
    application = QApplication([])
else:
    from vtl_desktop.cli.window import open_window
    from vtl_desktop.ui.app import make_application
    application = make_application()
from PySide6.QtCore import QEvent, QObject, QTimer

class FirstPaint(QObject):
    done = False
    def eventFilter(self, watched, event):
        painted = event.type() == QEvent.Type.UpdateRequest and watched.isWidgetType() and watched.isWindow()
        if painted and not self.done:
            self.done = True
            QTimer.singleShot(0, self.tell)
        return False
    def tell(self):
        print(time.time() - begun, "torch" in sys.modules, flush=True)
        import os
        os._exit(0)

watcher = FirstPaint()
application.installEventFilter(watcher)
if kind == "bare":
    window = QWidget()
    window.resize(800, 600)
    window.show()
    application.exec()
else:
    open_window([])
"""


def window_start(*, runs: int) -> list[Row]:
    """From starting the process to the window's first paint, against a bare Qt window."""
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    torch_loaded = False
    with tempfile.TemporaryDirectory() as settings:
        root = str(Path(__file__).resolve().parents[2])
        # Settings of its own: the user's are neither read nor written.
        environment = os.environ | {
            "XDG_CONFIG_HOME": settings, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]),
        }  # fmt: skip
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        for _ in range(runs + 1):
            for kind in times:
                command = [sys.executable, "-c", _CHILD, kind, repr(time.time())]
                done = subprocess.run(
                    command, capture_output=True, text=True, check=True, timeout=120, env=environment, cwd=settings
                )
                took, torch = done.stdout.split()
                times[kind].append(float(took))
                torch_loaded |= torch == "True"
    # The first start reads everything from the disk.
    ours, bare = (float(np.median(times[kind][1:])) for kind in ("ours", "bare"))
    note = (
        f"the very first: {times['ours'][0]:.2f} s; torch loaded before the window: {'yes' if torch_loaded else 'no'}"
    )
    return [Row("window start to first paint", ours, "s", bare, "a bare Qt window", 1.0, True, runs=runs, note=note)]
