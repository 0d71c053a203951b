"""A worker process whose rows crash, hang, print or answer at length, as the tests of the pool ask for."""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from typing import Any

import pyarrow as pa

from benchside.tools.screening import worker


def answer(task: str, rows: list[dict[str, Any]], parameters: dict[str, Any]) -> pa.Table:
    """Each row's structure again; some structures misbehave first."""
    del task, parameters
    out = []
    for row in rows:
        word, _, number = str(row["structure"]).partition(" ")
        if word == "CRASH":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif word == "EXIT":
            os._exit(3)
        elif word == "HANG":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            time.sleep(120)
        elif word == "SLEEP":
            time.sleep(float(number))
        elif word == "PRINT":
            print("noise" * 10_000, flush=True)
        text = "x" * int(number) if word == "BIG" else row["structure"]
        out.append({"smiles": text, "stereo": str(os.getpid()), "problem_code": None, "problem": None})
    names = ("smiles", "stereo", "problem_code", "problem")
    return pa.Table.from_pylist(out, schema=pa.schema([(name, pa.string()) for name in names]))


if __name__ == "__main__":
    worker.GRACE_SECONDS = 0
    light = types.ModuleType("benchside.tools.screening.tasks")
    light.__dict__["answer"] = answer
    sys.modules["benchside.tools.screening.tasks"] = light
    worker.main()
