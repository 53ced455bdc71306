"""The pump: exact answers, newest first, ahead of need, errors with their index, nothing on the GUI thread."""

from __future__ import annotations

import time

import pytest

from tests.helpers.numbered_video import make_video, read_number
from tests.ui.comparing_fakes import NumberedFake
from vtl_desktop.core.errors import FrameUnavailable, MissingMedia
from vtl_desktop.media.video_file import VideoFile
from vtl_desktop.ui.playback.frame_pump import FramePump


@pytest.fixture
def pumps(qapp):
    made = []

    def make(opener, name="test"):
        pump = FramePump(opener if callable(opener) else lambda: opener, name=name)
        made.append(pump)
        return pump

    yield make
    for pump in made:
        pump.close()
        assert pump.join(5)


def opened(qtbot, pump):
    with qtbot.waitSignal(pump.opened) as blocker:
        pass
    return blocker.args[0]


def fetch(qtbot, pump, index, direction=0):
    answer = pump.request(index, direction)
    if answer is None:
        qtbot.waitUntil(lambda: pump.peek(index) is not None)
        answer = pump.peek(index)
    return answer


def test_real_frames_by_number(qtbot, pumps, tmp_path):
    video = make_video(tmp_path / "numbered.mp4", count=40, options={"g": "10"})
    pump = pumps(lambda: VideoFile(video.path))
    reel = opened(qtbot, pump)
    assert len(reel.times) == 40
    assert reel.frame_end(39) == pytest.approx(reel.facts.duration)
    for index in (0, 17, 16, 39, 3, 12):
        frame = fetch(qtbot, pump, index).value
        assert (frame.index, read_number(frame.picture)) == (index, index)
    qtbot.waitUntil(lambda: pump.decoded != ())


def test_decoding_is_not_on_the_gui_thread_and_the_video_is_closed_in_the_end(qtbot, pumps):
    video = NumberedFake()
    pump = pumps(video, name="suspect")
    opened(qtbot, pump)
    fetch(qtbot, pump, 5)
    assert video.threads == {"pump suspect"}
    pump.close()
    assert pump.join(5)
    assert video.closed


def test_only_the_newest_wish_is_decoded(qtbot, pumps):
    video = NumberedFake()
    video.delay = 0.03
    pump = pumps(video)
    opened(qtbot, pump)
    began = time.perf_counter()
    for index in range(0, 60, 2):
        pump.request(index, 1)
    assert time.perf_counter() - began < 0.03
    qtbot.waitUntil(lambda: pump.peek(58) is not None)
    assert len(video.asked) <= 3


def test_playing_prepares_what_comes_next(qtbot, pumps):
    video = NumberedFake()
    pump = pumps(video)
    opened(qtbot, pump)
    fetch(qtbot, pump, 20, 1)
    qtbot.waitUntil(lambda: pump.peek(25) is not None)
    assert pump.peek(19) is None
    fetch(qtbot, pump, 40, -1)
    qtbot.waitUntil(lambda: pump.peek(35) is not None)


def test_standing_prepares_the_step_and_the_group_before(qtbot, pumps):
    video = NumberedFake(key_every=12)
    pump = pumps(video)
    opened(qtbot, pump)
    fetch(qtbot, pump, 30)
    qtbot.waitUntil(lambda: {29, 31, 23} <= set(pump.ready))


def test_keeps_a_bounded_number_and_comes_to_rest(qtbot, pumps):
    video = NumberedFake(count=200)
    pump = pumps(video)
    opened(qtbot, pump)
    pump.keep(5)
    for index in (0, 50, 51, 52, 120):
        fetch(qtbot, pump, index)
    for direction in (0, 1, -1):
        pump.request(100, direction)
        before = -1
        for _ in range(20):
            if len(video.asked) == before:
                break
            before = len(video.asked)
            qtbot.wait(200)
        assert len(video.asked) == before
        assert 100 in pump.ready
        assert len(pump.ready) <= 5


def test_a_video_that_cannot_be_opened(qtbot, pumps):
    def fail():
        raise MissingMedia("/x.mp4 is not there.", "Locate it.")

    pump = pumps(fail)
    with qtbot.waitSignal(pump.broken) as blocker:
        pass
    assert isinstance(blocker.args[0], MissingMedia)


def test_a_frame_that_fails_is_an_answer_and_may_come_back(qtbot, pumps):
    video = NumberedFake()
    video.broken = {7}
    pump = pumps(video)
    opened(qtbot, pump)
    answer = fetch(qtbot, pump, 7)
    assert isinstance(answer.error, FrameUnavailable)
    assert fetch(qtbot, pump, 8).value.index == 8
    video.broken = set()
    assert fetch(qtbot, pump, 7).value.index == 7


def test_failures_ahead_are_not_repeated(qtbot, pumps):
    video = NumberedFake()
    video.broken = set(range(11, 60))
    pump = pumps(video)
    opened(qtbot, pump)
    fetch(qtbot, pump, 10, 1)
    qtbot.wait(50)
    assert pump.ready == (10,)


def test_forget(qtbot, pumps):
    pump = pumps(NumberedFake())
    opened(qtbot, pump)
    fetch(qtbot, pump, 3)
    pump.forget()
    assert pump.ready == ()
    assert fetch(qtbot, pump, 4).value.index == 4


def test_no_signal_after_close(qtbot, pumps):
    video = NumberedFake()
    video.delay = 0.05
    pump = pumps(video)
    opened(qtbot, pump)
    got = []
    pump.answered.connect(got.append)
    pump.request(3)
    qtbot.wait(10)
    pump.close()
    qtbot.wait(100)
    assert got == []


def test_a_closed_pump_keeps_no_pictures(qtbot, pumps):
    video = NumberedFake()
    pump = pumps(video)
    opened(qtbot, pump)
    fetch(qtbot, pump, 3, 1)
    pump.close()
    assert pump.join(5)
    assert pump.ready == ()
