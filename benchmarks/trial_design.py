"""The trial engine measured: boundary solving, group-sequential and survival simulation, against other packages.

    make bench-trials

`gsdesign` and `lifelines` are what it is measured against; where one is missing its part says so and only ours is
timed. The run fails where a target is missed.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import trial_sequential
import trial_survival


def main() -> int:
    """Both parts; the exit code is 1 where one of them misses a target."""
    print("Boundaries and group-sequential trials")
    first = trial_sequential.main()
    print("\nPatient-level survival")
    return int(bool(first) | bool(trial_survival.main()))


if __name__ == "__main__":
    raise SystemExit(main())
