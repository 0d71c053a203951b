"""Every family and every test of every endpoint: the closed form against simulated trials, one line each.

    python benchmarks/trial_verify.py [--trials 100000] [--only survival]

A line says family, test, figure, exactness, stated, simulated, Monte Carlo standard error, signed bias in points of
power (a hundredth of the figure's own unit otherwise), and the verdict by `Check.agrees`. The summary counts the exact
figures outside three standard errors and names the approximations that are more than one point off.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchside.tools.trials.design.base import DEFAULT_SEED
from benchside.tools.trials.design.catalogue import DESIGNS, ENDPOINTS, endpoint_class
from benchside.tools.trials.design.families import from_settings
from benchside.tools.trials.design.results import Check

FAMILIES = Path(__file__).resolve().parents[1] / "tests" / "tools" / "trials" / "design" / "families.py"

# what replaces the example's effect so that a hypothesis other than superiority makes sense
AIMS: dict[str, dict[str, dict[str, Any]]] = {
    "one-mean": {"ni": {"difference": 0.0, "margin": -0.3}, "eq": {"difference": 0.0, "lower": -0.3, "upper": 0.3}},
    "two-means": {"ni": {"difference": 0.0, "margin": -0.4}, "eq": {"difference": 0.05, "lower": -0.5, "upper": 0.5}},
    "paired-means": {"ni": {"difference": 0.0, "margin": -0.3}, "eq": {"difference": 0, "lower": -0.3, "upper": 0.3}},
    "crossover-means": {"ni": {"difference": 0.0, "margin": -0.2},
                        "eq": {"difference": 0.02, "lower": -0.2, "upper": 0.2}},
    "williams-means": {"ni": {"difference": 0.0, "margin": -0.2}, "eq": {"difference": 0, "lower": -0.2, "upper": 0.2}},
    "ratio-of-means": {"eq": {}},
    "bioequivalence": {"ni": {"margin": 0.8}, "eq": {}},
    "ancova": {"ni": {"difference": 0.0, "margin": -0.4}, "eq": {"difference": 0.0, "lower": -0.4, "upper": 0.4}},
    "mmrm": {"ni": {"difference": 0.0, "margin": -0.5}, "eq": {"difference": 0.0, "lower": -0.5, "upper": 0.5}},
    "slopes": {"ni": {"difference": 0.0, "margin": -0.5}, "eq": {"difference": 0.0, "lower": -0.5, "upper": 0.5}},
    "qt-parallel": {"ni": {"difference": 3, "margin": 10}, "eq": {"difference": 0, "lower": -5, "upper": 5}},
    "qt-crossover": {"ni": {"difference": 3, "margin": 10}, "eq": {"difference": 0, "lower": -5, "upper": 5}},
    "one-proportion": {"ni": {"proportion": 0.3, "reference": 0.3, "margin": -0.1},
                       "eq": {"proportion": 0.3, "reference": 0.3, "lower": -0.15, "upper": 0.15}},
    "two-proportions": {"ni": {"treatment": 0.3, "margin": -0.1},
                        "eq": {"treatment": 0.3, "lower": -0.15, "upper": 0.15}},
    "mcnemar": {"ni": {"treatment_only": 0.15, "control_only": 0.15, "margin": -0.1},
                "eq": {"treatment_only": 0.15, "control_only": 0.15, "lower": -0.12, "upper": 0.12}},
    "two-rates": {"ni": {"treatment": 1.0, "margin": 1.25}, "eq": {"treatment": 1.0, "lower": 0.75, "upper": 1.33}},
    "recurrent-events": {"ni": {"treatment": 1.2, "margin": 1.3},
                         "eq": {"treatment": 1.2, "lower": 0.75, "upper": 1.33}},
    "survival": {"ni": {"hazard_ratio": 1.0, "margin": 1.3},
                 "eq": {"hazard_ratio": 1.0, "lower": 0.75, "upper": 1.33}},
    "rmst": {"ni": {"hazard_ratio": 1.0, "margin": -2.0}},
    "cluster-means": {"ni": {"difference": 0.0, "margin": -0.3}},
    "cluster-proportions": {"ni": {"treatment": 0.2, "margin": -0.08}},
    "cluster-rates": {"ni": {"treatment": 1.0, "margin": 0.25}},
}  # fmt: skip
# tests that belong to another scale than the example's, and the margins on it
SCALES: dict[str, dict[str, dict[str, Any]]] = {
    "log-odds": {"": {"scale": "odds-ratio"}, "ni": {"scale": "odds-ratio", "margin": 0.6},
                 "eq": {"scale": "odds-ratio", "lower": 0.5, "upper": 2.0}},
    "log-risk": {"": {"scale": "risk-ratio"}, "ni": {"scale": "risk-ratio", "margin": 0.7},
                 "eq": {"scale": "risk-ratio", "lower": 0.6, "upper": 1.67}},
}  # fmt: skip
WORDS = {"superiority": "", "non-inferiority": "ni", "equivalence": "eq"}

# the same families in other shapes: looks, unequal arms, overdispersion, wide or narrow inputs
SHAPES: dict[str, dict[str, Any]] = {
    "one-mean looks": {"design": "one-mean", "test": "z", "looks": 3, "futility": "hsd:-2"},
    "two-means looks": {"design": "two-means", "test": "z", "looks": "0.5,0.75,1", "futility": "hsd:-2"},
    "two-means binding": {"design": "two-means", "test": "z", "looks": 3, "futility": "lan-demets-of", "binding": True},
    "two-means two-sided": {"design": "two-means", "test": "z", "alpha": 0.05, "sides": 2, "looks": 3},
    "two-means pocock": {"design": "two-means", "test": "z", "looks": 4, "spending": "pocock"},
    "two-means welch 2:1": {"design": "two-means", "test": "welch", "sd_treatment": 2, "allocation": "2:1"},
    "two-means t small": {"design": "two-means", "difference": 1.8},
    "two-proportions looks": {"design": "two-proportions", "looks": 3, "futility": "hsd:-2"},
    "two-proportions 2:1": {"design": "two-proportions", "allocation": "2:1", "dropout": 0.1},
    "two-proportions fisher small": {"design": "two-proportions", "control": 0.1, "treatment": 0.7, "test": "fisher"},
    "two-proportions odds": {"design": "two-proportions", "scale": "odds-ratio", "test": "log-odds"},
    "two-rates overdispersed": {"design": "two-rates", "dispersion": 0.8},
    "survival looks": {"design": "survival", "looks": "0.5,0.75,1", "futility": "hsd:-2"},
    "survival 2:1 dropout": {"design": "survival", "allocation": "2:1", "dropout_hazard": 0.01},
    "survival delay": {"design": "survival", "test": "fleming-harrington", "delay": 3, "hazard_ratio": 0.6},
    "simon minimax": {"design": "simon", "criterion": "minimax"},
    "bioequivalence replicate": {"design": "bioequivalence", "study": "2x2x4"},
    "cluster-means varying": {"design": "cluster-means", "cluster_size_cv": 0.4},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variant:
    """One design to be verified: its name, the test, its flat settings."""

    name: str
    test: str
    settings: dict[str, Any]

    @property
    def label(self) -> str:
        """Name and test in one word for a line or a test id."""
        return f"{self.name} {self.test}".strip()


def examples() -> dict[str, dict[str, Any]]:
    """The small realistic example of each family, from the file that the tests walk."""
    spec = importlib.util.spec_from_file_location("trial_family_examples", FAMILIES)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, dict[str, Any]] = module.EXAMPLES
    return found


def variants() -> Iterator[Variant]:
    """Every design, every test of every endpoint by hypothesis, and the other shapes."""
    known = examples()
    for name in DESIGNS:
        yield Variant(name, "", {"design": name} | known[name])
    for name in ENDPOINTS:
        for hypothesis, tests in endpoint_class(name).tests.items():
            short = WORDS[hypothesis]
            aims = {"hypothesis": hypothesis} | (AIMS[name][short] if short else {})
            for test in tests:
                scale = SCALES.get(test, {}).get(short, {})
                settings = {"design": name} | known[name] | aims | scale | {"test": test}
                yield Variant(f"{name} {short}".strip(), test, settings)
    for label, shape in SHAPES.items():
        yield Variant(label, "", known[shape["design"]] | shape)


def line(variant: Variant, check: Check) -> str:
    """One figure of one design, for people."""
    off = abs(check.bias) / check.standard_error if check.standard_error > 0 else 0.0
    verdict = "agrees" if check.agrees else "DIFFERS"
    return (
        f"{variant.label:<44.44} {check.name:<22.22} {check.exactness:<10} {check.stated:>10.5g}"
        f" {check.simulated:>10.5g} {check.standard_error:>9.2g} {100 * check.bias:>+9.3f} {off:>5.1f}  {verdict}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print all; the exit code is 1 where an exact figure is outside three standard errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--only", default="", help="families whose name holds this")
    asked = parser.parse_args(arguments)
    outside: list[str] = []
    coarse: list[str] = []
    exact = approximate = 0
    began = time.perf_counter()
    print(f"{'family, test':<44} {'figure':<22} {'method':<10} {'stated':>10} {'simulated':>10} {'SE':>9} "
          f"{'bias, pts':>9} {'in SE':>5}  verdict")  # fmt: skip
    for variant in variants():
        if asked.only not in variant.label:
            continue
        start = time.perf_counter()
        found = from_settings(variant.settings).verify(trials=asked.trials, seed=asked.seed)
        for check in found.checks:
            text = line(variant, check)
            print(text)
            exact += check.exactness == "exact"
            approximate += check.exactness != "exact"
            if not check.agrees:
                (outside if check.exactness == "exact" else coarse).append(text)
        print(f"{'':<44} {time.perf_counter() - start:.1f} s", flush=True)
    print(f"\n{exact} exact figures, {len(outside)} outside three standard errors "
          f"({exact * 0.0027:.1f} are expected to be by chance); {approximate} figures by approximation, "
          f"{len(coarse)} more than one point off; {asked.trials:,} trials, "
          f"{time.perf_counter() - began:.0f} s")  # fmt: skip
    for title, lines in (("Exact, outside three standard errors", outside), ("Approximations, flagged", coarse)):
        if lines:
            print(f"\n{title}:")
            print("\n".join(lines))
    return int(bool(outside))


if __name__ == "__main__":
    sys.exit(main())
