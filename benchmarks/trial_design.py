"""The trial engine measured: boundary solving, group-sequential and survival simulation, against other packages.

    make bench-trials

`gsdesign` and `lifelines` are what it is measured against; where one is missing its part says so and only ours is
timed. The run fails where a target is missed.
"""

from __future__ import annotations

import trial_sequential
import trial_survival


def main() -> int:
    """Both parts; the exit code is 1 where one of them misses a target."""
    missed = False
    for title, part in (("Boundaries and group-sequential trials", trial_sequential), ("Survival", trial_survival)):
        print(title)
        missed |= bool(part.main())
        print()
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
