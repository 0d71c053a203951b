"""One worker process as its parent sees it: pipes that never block, and a time by which it must have answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchside.tools.screening.worker import LENGTH

PIPE_BYTES = 1 << 20
# nothing is imported before the path is set but `sys`, which is no file
_BOOT = "import sys; sys.path[:] = sys.argv[1].split('\\n'); from benchside.tools.screening.worker import main; main()"


def boot_command() -> list[str]:
    """The command line of a worker: this interpreter with this process's search path.

    With `-m`, a file called `json.py` or `statistics.py` in the user's folder would be imported by the workers alone.
    """
    return [sys.executable, "-c", _BOOT, "\n".join(str(Path(entry).resolve()) for entry in sys.path)]


class WorkerProcess:
    """A worker process, its unsent request and its unfinished answer.

    Attributes:
        ready: whether it has said that it waits for requests.
        deadline: when it must have started or answered, on the monotonic clock; infinity while it has nothing to do.
        seconds: the time that the request it works on was given.
        unsent: what the pipe has not taken yet of the request.
    """

    def __init__(self, command: list[str], start_seconds: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter, no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.requests = self.process.stdin.fileno()
        self.answers = self.process.stdout.fileno()
        os.set_blocking(self.requests, False)
        self.ready = False
        self.deadline = time.monotonic() + start_seconds
        self.seconds = start_seconds
        self.unsent = memoryview(b"")
        self._answer = bytearray()

    def give(self, request: dict[str, Any], seconds: float) -> None:
        """A request to be sent, and the time to answer it in."""
        body = json.dumps(request).encode()
        self.unsent = memoryview(LENGTH.pack(len(body)) + body)
        self.deadline, self.seconds = time.monotonic() + seconds, seconds
        self.send()

    def send(self) -> None:
        """Write as much of the request as the pipe takes."""
        try:
            while self.unsent:
                self.unsent = self.unsent[os.write(self.requests, self.unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self.unsent = memoryview(b"")  # the process is gone; the end of its answers tells

    def receive(self) -> pa.Buffer | None:
        """Take what has arrived; the frame once it is whole, which is empty when the worker becomes ready.

        Raises:
            EOFError: the process is gone.
        """
        data = os.read(self.answers, PIPE_BYTES)
        if not data:
            raise EOFError
        self._answer += data
        if len(self._answer) >= LENGTH.size:
            (size,) = LENGTH.unpack(self._answer[: LENGTH.size])
            if len(self._answer) == LENGTH.size + size:
                frame = pa.py_buffer(self._answer).slice(LENGTH.size)
                self._answer = bytearray()
                self.ready, self.deadline = True, float("inf")
                return frame
        # an answer on its way is in time, however late its reader comes
        self.deadline = max(self.deadline, time.monotonic() + self.seconds)
        return None

    def end(self) -> None:
        """Kill the process and close its pipes."""
        self.unsent = memoryview(b"")  # their descriptors will soon be those of other files
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
