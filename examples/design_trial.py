"""A trial design from Python: size it, look at its boundaries, hold it against simulated trials, keep the report."""

from __future__ import annotations

from benchside.graphs.design.api import design
from benchside.tools.trials.design.families import read_design


def main() -> None:
    """Design the trial of designs/response.toml and print what a statistician looks at first."""
    chosen = read_design("designs/response.toml")
    size = chosen.sample_size()
    print(f"{size.enrolled_total} participants to enrol, {size.total} evaluable: power {size.power:.4f}")
    for row in chosen.boundaries().records():
        print(f"look {row['look']}: stop for efficacy at Z {row['efficacy_z']:.3f}, p {row['efficacy_p']:.5f}")
    made = design(chosen, workspace="from-python-design", trials=20_000)
    print(made.text)
    print(made.report)


if __name__ == "__main__":
    main()
