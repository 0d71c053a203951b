"""Frames arrive whole or not at all, and a worker ends with its input."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchside.tools.screening.worker import LENGTH, read_frame, write_frame

from .conftest import ODD


@given(st.lists(st.lists(st.binary(max_size=50), max_size=4), max_size=5))
def test_frames_come_back_in_order(frames: list[list[bytes]]) -> None:
    stream = io.BytesIO()
    for parts in frames:
        write_frame(stream, *parts)
    stream.seek(0)
    assert [read_frame(stream) for _ in frames] == [b"".join(parts) for parts in frames]
    assert read_frame(stream) is None


@given(st.binary(max_size=40), st.data())
def test_a_cut_frame_is_the_end_of_the_stream(body: bytes, data: st.DataObject) -> None:
    stream = io.BytesIO()
    write_frame(stream, body)
    cut = data.draw(st.integers(0, len(stream.getvalue()) - 1))
    assert read_frame(io.BytesIO(stream.getvalue()[:cut])) is None


def test_the_length_counts_bytes_and_not_elements() -> None:
    stream = io.BytesIO()
    write_frame(stream, memoryview(b"abcdefgh").cast("I"))
    assert stream.getvalue() == LENGTH.pack(8) + b"abcdefgh"


@pytest.fixture
def worker() -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, str(ODD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert read_frame(process.stdout) == b""  # type: ignore[arg-type]
    return process


def ask(process: subprocess.Popen[bytes], structure: str, seconds: float) -> bytes | None:
    request = {"task": "standardise", "rows": [{"structure": structure}], "parameters": {}, "seconds": seconds}
    assert process.stdin is not None
    assert process.stdout is not None
    write_frame(process.stdin, json.dumps(request).encode())  # type: ignore[arg-type]
    return read_frame(process.stdout)  # type: ignore[arg-type]


def test_it_answers_ignores_ctrl_c_and_ends_with_its_input(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGINT)
    answer = ask(worker, "CCO", 5)
    assert answer is not None
    assert pa.ipc.open_stream(answer).read_all()["smiles"].to_pylist() == ["CCO"]
    worker.communicate(timeout=10)
    assert worker.returncode == 0


def test_it_ends_by_itself_when_its_time_is_over(worker: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    assert ask(worker, "HANG", 0.5) is None
    assert worker.wait(10) == -signal.SIGALRM
    assert time.monotonic() - began < 10
    worker.communicate()


def test_the_time_of_one_request_is_not_that_of_the_next(worker: subprocess.Popen[bytes]) -> None:
    assert ask(worker, "A", 4) is not None
    time.sleep(4.5)
    assert ask(worker, "B", 30) is not None
    worker.communicate(timeout=10)


def test_a_parent_that_no_longer_reads_ends_it_quietly(worker: subprocess.Popen[bytes]) -> None:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdout.close()
    request = {"task": "standardise", "rows": [{"structure": "C"}], "parameters": {}, "seconds": 5}
    write_frame(worker.stdin, json.dumps(request).encode())  # type: ignore[arg-type]
    assert worker.wait(10) == 1
    worker.stdin.close()
