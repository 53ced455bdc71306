"""Bad input gives a named error that names the file and says what to do; facts of good input are right."""

from __future__ import annotations

import os
import socket
import threading

import cv2
import numpy as np
import pytest

from tests.helpers.numbered_video import cut_off, make_video, read_number
from vtl_desktop.core.errors import MediaError, MissingMedia, NoPicture, UnreadableMedia
from vtl_desktop.media.probe import probe
from vtl_desktop.media.sampling import sample_clips
from vtl_desktop.media.video_file import VideoFile

QUICK = {"g": "12", "bf": "2", "preset": "ultrafast"}


def audio_only(path):
    make_video(path.with_name("both.mp4"), count=30, audio=True, options=QUICK)
    import av

    with av.open(str(path.with_name("both.mp4"))) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return path


class TestErrors:
    def expect(self, path, kind, words):
        for opener in (probe, VideoFile, lambda path: sample_clips(path, size=32)):
            with pytest.raises(MediaError) as caught:
                opener(path)
            assert type(caught.value) is kind
            assert words in caught.value.message
            assert path.name in caught.value.message
            assert caught.value.hint

    def test_missing(self, tmp_path):
        self.expect(tmp_path / "nothing.mp4", MissingMedia, "not there")

    def test_folder(self, tmp_path):
        self.expect(tmp_path, UnreadableMedia, "folder")

    def test_empty(self, tmp_path):
        path = tmp_path / "empty.mp4"
        path.touch()
        self.expect(path, UnreadableMedia, "empty")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
    def test_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "pipe.mp4")
        self.expect(tmp_path / "pipe.mp4", UnreadableMedia, "no ordinary file")

    @pytest.mark.parametrize("text", ["Dear Sir, " * 500, "x", "<html>" * 100])
    def test_text(self, tmp_path, text):
        path = tmp_path / "letter.mp4"
        path.write_text(text)
        self.expect(path, UnreadableMedia, "no video or picture")

    def test_subtitles(self, tmp_path):
        path = tmp_path / "words.mp4"
        path.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n" * 20)
        self.expect(path, NoPicture, "no picture")

    def test_random_bytes(self, tmp_path):
        path = tmp_path / "noise.mp4"
        path.write_bytes(np.random.default_rng(0).bytes(50_000))
        self.expect(path, UnreadableMedia, "no video or picture")

    @pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
    def test_cut_off_before_its_index(self, tmp_path, share):
        whole = make_video(tmp_path / "whole.mp4", options=QUICK)
        self.expect(cut_off(whole, tmp_path / "cut.mp4", share), UnreadableMedia, "incomplete")

    def test_audio_only(self, tmp_path):
        self.expect(audio_only(tmp_path / "sound.m4a"), NoPicture, "audio only")

    def test_no_frame_at_all(self, tmp_path):
        whole = make_video(
            tmp_path / "w.mp4", options=QUICK, container_options={"movflags": "frag_keyframe+empty_moov"}
        )
        data = whole.path.read_bytes()
        path = tmp_path / "headers.mp4"
        path.write_bytes(data[: data.index(b"moof") - 4])
        self.expect(path, NoPicture, "not one frame")

    def test_frames_without_sense(self, tmp_path):
        whole = make_video(tmp_path / "w.mp4", options=QUICK, container_options={"movflags": "faststart"})
        data = bytearray(whole.path.read_bytes())
        start = data.index(b"mdat") + 4
        data[start:] = bytes(len(data) - start)
        path = tmp_path / "zeros.mp4"
        path.write_bytes(data)
        self.expect(path, NoPicture, "not one frame")

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
    def test_no_permission(self, tmp_path):
        path = make_video(tmp_path / "secret.mp4", count=2, options=QUICK).path
        path.chmod(0)
        self.expect(path, MissingMedia, "may not be read")

    def test_no_permission_told_apart(self, tmp_path, monkeypatch):
        path = tmp_path / "secret.mp4"
        path.write_bytes(b"x")

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "open", refuse)
        self.expect(path, MissingMedia, "may not be read")

    @pytest.mark.parametrize("kind", ["jpg", "png"])
    def test_damaged_picture(self, tmp_path, kind):
        _, data = cv2.imencode(f".{kind}", np.zeros((64, 64, 3), np.uint8))
        path = tmp_path / f"broken.{kind}"
        path.write_bytes(data.tobytes()[:40])
        self.expect(path, UnreadableMedia, "broken")

    def test_heic(self, tmp_path):
        path = tmp_path / "phone.heic"
        path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
        self.expect(path, UnreadableMedia, "HEIC")


class TestNothingElseIsRead:
    @pytest.mark.parametrize(
        "text",
        [
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{other}\n#EXT-X-ENDLIST\n",
            "ffconcat version 1.0\nfile {other}\n",
        ],
    )
    def test_a_playlist_opens_no_other_file(self, tmp_path, text):
        make_video(tmp_path / "other.ts", count=10, options=QUICK)
        for name in ("list.mp4", "list.m3u8", "list.ffconcat"):
            (tmp_path / name).write_text(text.format(other="other.ts"))
            with pytest.raises(UnreadableMedia):
                probe(tmp_path / name)

    def test_a_playlist_reaches_no_network(self, tmp_path):
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(0.5)
        called = threading.Event()

        def listen():
            try:
                server.accept()
                called.set()
            except TimeoutError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        path = tmp_path / "list.m3u8"
        path.write_text(f"#EXTM3U\n#EXTINF:2,\nhttp://127.0.0.1:{server.getsockname()[1]}/a.ts\n#EXT-X-ENDLIST\n")
        with pytest.raises(UnreadableMedia):
            probe(path)
        thread.join()
        server.close()
        assert not called.is_set()


class TestFacts:
    def test_plain(self, tmp_path):
        path = make_video(tmp_path / "a.mp4", options=QUICK, audio=True).path
        facts = probe(path)
        assert (facts.kind, facts.codec, facts.width, facts.height) == ("video", "h264", 160, 120)
        assert facts.size == path.stat().st_size
        assert facts.frame_count == 60
        assert facts.frame_rate == pytest.approx(30)
        assert facts.duration == pytest.approx(2.0, abs=0.01)
        assert facts.pixel_format == "yuv420p"
        assert facts.audio == "aac, 8000 Hz, 1 channel"
        assert facts.bit_rate > 0
        assert not facts.variable_frame_rate
        assert facts.notes == ()

    def test_variable_frame_rate(self, tmp_path):
        facts = probe(make_video(tmp_path / "a.mkv", options=QUICK, steps=[0.02, 0.1]).path)
        assert facts.variable_frame_rate
        assert facts.frame_rate == pytest.approx(1 / 0.06, rel=0.02)
        assert facts.notes[0].startswith("variable frame rate: frames stay for 20 to 100 ms")

    def test_milliseconds_are_not_a_variable_frame_rate(self, tmp_path):
        facts = probe(make_video(tmp_path / "a.mkv", options=QUICK).path)
        assert not facts.variable_frame_rate
        assert facts.frame_rate == pytest.approx(30)

    def test_ten_bits(self, tmp_path):
        facts = probe(make_video(tmp_path / "a.mp4", options=QUICK, pixel_format="yuv420p10le").path)
        assert facts.bit_depth == 10
        assert any("10 bits" in note for note in facts.notes)

    def test_start_time(self, tmp_path):
        facts = probe(make_video(tmp_path / "a.ts", options=QUICK).path)
        assert facts.start_time > 0

    def test_edit_list_is_told(self, tmp_path):
        facts = probe(make_video(tmp_path / "a.mp4", options=QUICK, hidden=7).path)
        assert any(note.startswith("7 stored frames are hidden") for note in facts.notes)

    @pytest.mark.parametrize("rotation", [90, 180, 270])
    def test_turned_the_way_others_turn_it(self, tmp_path, rotation):
        path = make_video(tmp_path / "a.mp4", options=QUICK, rotation=rotation).path
        facts = probe(path)
        assert facts.rotation == rotation
        assert (facts.width, facts.height) == (160, 120)
        capture = cv2.VideoCapture(str(path))
        _, other = capture.read()
        capture.release()
        assert read_number(other) == 0
        with VideoFile(path) as video:
            assert np.abs(video.frame(0).picture.astype(int) - other[:, :, ::-1]).mean() < 3
