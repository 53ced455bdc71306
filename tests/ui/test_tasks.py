"""The task runner: signals in the GUI thread, latest wins, cancel, failures, shutdown."""

from __future__ import annotations

import threading
import time

import pytest

from vtl_desktop.core.errors import Cancelled, MissingMedia
from vtl_desktop.ui.tasks import Mailbox, TaskRunner, details_of


@pytest.fixture
def runner(qapp):
    runner = TaskRunner()
    yield runner
    assert runner.shutdown(timeout=5)


def wait_until_cancelled(*, progress, cancel):
    while True:
        cancel.check()
        time.sleep(0.002)


def add(a, b=0, *, progress, cancel):
    return a + b


def test_result_and_thread(runner, qtbot):
    seen = {}

    def job(a, *, b, progress, cancel):
        seen["worker"] = threading.current_thread()
        return a + b

    task = runner.submit(job, 2, b=3)
    task.finished.connect(lambda value: seen.update(value=value, slot=threading.current_thread()))
    assert runner.active == (task,)
    qtbot.waitUntil(lambda: task.done)
    assert seen["value"] == 5
    assert seen["slot"] is threading.main_thread()
    assert seen["worker"] is not threading.main_thread()
    assert runner.active == ()


def test_one_thread_a_lane_in_order(runner, qtbot):
    names, order = [], []

    def job(number, *, progress, cancel):
        names.append((number % 2, threading.current_thread().name))
        return number

    tasks = [runner.submit(job, number, lane=f"lane{number % 2}") for number in range(10)]
    for task in tasks:
        task.finished.connect(order.append)
    qtbot.waitUntil(lambda: all(task.done for task in tasks))
    assert len({name for lane, name in names if lane == 0}) == 1
    assert len({name for _, name in names}) == 2
    assert [n for n in order if n % 2] == [1, 3, 5, 7, 9]


def test_progress_is_throttled_and_the_last_one_arrives(runner, qtbot):
    got = []

    def job(*, progress, cancel):
        for step in range(1000):
            progress(step / 1000, f"step {step}")
            time.sleep(0.0002)
        progress(1.0, "done")

    task = runner.submit(job)
    task.progressed.connect(lambda fraction, message: got.append((fraction, message)))
    with qtbot.waitSignal(task.finished):
        pass
    assert got[-1] == (1.0, "done")
    assert 1 <= len(got) <= 20


def test_a_suppressed_message_is_shown_when_the_job_goes_quiet(runner, qtbot):
    got = []

    def job(*, progress, cancel):
        progress(0.1, "reading")
        progress(0.2, "loading weights")
        while not cancel.cancelled:
            time.sleep(0.002)

    task = runner.submit(job)
    task.progressed.connect(lambda fraction, message: got.append(message))
    qtbot.waitUntil(lambda: got[-1:] == ["loading weights"], timeout=2000)
    task.cancel()
    qtbot.waitUntil(lambda: task.done)


def test_cancel_a_running_job(runner, qtbot):
    task = runner.submit(wait_until_cancelled)
    qtbot.wait(20)
    with qtbot.waitSignal(task.cancelled, timeout=200):
        task.cancel()
    assert task.done


def test_a_cancelled_result_is_never_delivered(runner, qtbot):
    finished = []

    def deaf(*, progress, cancel):
        return 7

    task = runner.submit(deaf)
    task.finished.connect(finished.append)
    time.sleep(0.05)
    with qtbot.waitSignal(task.cancelled):
        task.cancel()
    assert finished == []


def test_latest_wins(runner, qtbot):
    ended = []
    first = runner.submit(wait_until_cancelled, lane="trace")
    queued = runner.submit(add, 1, lane="trace")
    queued.finished.connect(lambda _: ended.append("queued ran"))
    other = runner.submit(wait_until_cancelled, lane="enroll")
    first.cancelled.connect(lambda: ended.append("first cancelled"))
    queued.cancelled.connect(lambda: ended.append("queued cancelled"))
    last = runner.submit(add, 1, 1, lane="trace", latest_wins=True)
    with qtbot.waitSignal(last.finished) as blocker:
        pass
    assert blocker.args == [2]
    assert ended == ["first cancelled", "queued cancelled"]
    assert not other.done
    other.cancel()
    qtbot.waitUntil(lambda: other.done)


def test_errors_arrive_with_details(runner, qtbot):
    def named(*, progress, cancel):
        raise MissingMedia("clip.mp4 is not there", "Locate it.")

    def unexpected(*, progress, cancel):
        try:
            {}["no"]
        except KeyError as error:
            raise ValueError("inside") from error

    task = runner.submit(named)
    with qtbot.waitSignal(task.failed) as blocker:
        pass
    assert isinstance(blocker.args[0], MissingMedia)
    assert blocker.args[0].hint == "Locate it."

    task = runner.submit(unexpected)
    with qtbot.waitSignal(task.failed) as blocker:
        pass
    error = blocker.args[0]
    assert "KeyError" in task.details
    assert "in unexpected" in details_of(error)
    assert error.__traceback__ is None
    # The lane goes on.
    task = runner.submit(add, 1)
    with qtbot.waitSignal(task.finished):
        pass


def test_shutdown_cancels_and_joins(qapp, qtbot):
    runner = TaskRunner()
    seen = []
    task = runner.submit(wait_until_cancelled)
    task.cancelled.connect(lambda: seen.append("late"))
    runner.submit(add, 1)
    assert runner.shutdown(timeout=5)
    qtbot.wait(20)
    assert seen == []
    assert not [thread for thread in threading.enumerate() if thread.name == "lane default"]
    with pytest.raises(RuntimeError):
        runner.submit(add, 1)


def test_a_job_may_raise_cancelled_itself(runner, qtbot):
    def stops(*, progress, cancel):
        raise Cancelled

    task = runner.submit(stops)
    with qtbot.waitSignal(task.cancelled):
        pass


def test_mailbox_keeps_order_and_survives_a_bad_letter(qapp, qtbot):
    box, got = Mailbox(), []
    letters = [lambda n=n: got.append((n, threading.current_thread())) for n in range(50)]
    thread = threading.Thread(target=lambda: [box.post(letter) for letter in letters])
    thread.start()
    thread.join()
    assert got == []
    qtbot.waitUntil(lambda: len(got) == 50)
    assert [n for n, _ in got] == list(range(50))
    assert {t for _, t in got} == {threading.main_thread()}
    box.post(lambda: 1 / 0)
    box.post(lambda: got.append("after"))
    with qtbot.captureExceptions() as raised:
        qtbot.waitUntil(lambda: got[-1] == "after")
    assert raised[0][0] is ZeroDivisionError
    box.close()
    box.post(lambda: got.append("never"))
    qtbot.wait(10)
    assert got[-1] == "after"
