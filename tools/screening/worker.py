"""A worker process: reads chunks on standard input, writes Arrow tables on standard output, ends when its parent does.

Frames are an 8-byte big-endian length and that many bytes; the first, empty, says that the worker is ready. Nothing is
unpickled, and no `__main__` is imported, so that a user's script needs no guard. The end of standard input, which a
killed parent causes too, ends the worker.
"""

from __future__ import annotations

import json
import math
import os
import signal
import struct
import sys
from typing import Any, BinaryIO

LENGTH = struct.Struct(">Q")

GRACE_SECONDS = 5
"""How long after its time a worker ends by itself, should there be no parent left to end it."""


def write_frame(stream: BinaryIO, *parts: Any) -> None:
    """Write one frame from the bytes-like parts."""
    stream.write(LENGTH.pack(sum(memoryview(p).nbytes for p in parts)))
    for part in parts:
        stream.write(part)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """Read one frame; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = stream.read(size)
    return body if len(body) == size else None


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    try:
        _serve()
    except BrokenPipeError:
        os._exit(1)  # nobody is left to answer; an ordinary exit would try to flush the same pipe


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    import pyarrow as pa

    from benchside.tools.screening.tasks import answer

    requests = sys.stdin.buffer
    write_frame(answers)
    while (frame := read_frame(requests)) is not None:
        request = json.loads(frame)
        # the kernel keeps this time, so that it also ends a calculation that never gives the interpreter back
        signal.alarm(math.ceil(request["seconds"]) + GRACE_SECONDS)
        table = answer(request["task"], request["rows"], request["parameters"])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        signal.alarm(0)  # a parent that is slow to read is no fault of the row
        write_frame(answers, sink.getvalue())


if __name__ == "__main__":
    main()
