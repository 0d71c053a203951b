"""The capabilities of trial design, as the registry offers them to agents, MCP and the command line.

Small schemas with bounds: each asks for what a statistician must decide and nothing else; everything beyond is reached
through `benchside design`. A finding names the assumption that it rests on in its subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchside.tools.registry import Capability, Finding

Share = Annotated[float, Field(gt=0, lt=1)]
Alpha = Annotated[float, Field(gt=0, le=0.2, description="type I error over all sides")]
Power = Annotated[float, Field(ge=0.5, lt=1, description="wanted power")]
Sides = Annotated[Literal[1, 2], Field(description="one- or two-sided test")]
Ratio = Annotated[float, Field(gt=0.01, lt=100, description="treated per control")]
Dropout = Annotated[float, Field(ge=0, lt=0.9, description="share lost to the analysis")]
Looks = Annotated[int, Field(ge=1, le=10, description="analyses, equally spaced, with the final one")]
Spending = Annotated[
    Literal["lan-demets-of", "lan-demets-pocock", "obrien-fleming", "pocock"],
    Field(description="efficacy boundary"),
]


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComparisonArguments(_Arguments):
    """What every comparison of two arms asks for."""

    alpha: Alpha = 0.025
    sides: Sides = 1
    power: Power = 0.9
    allocation: Ratio = 1.0
    dropout: Dropout = 0.0
    looks: Looks = 1
    spending: Spending = "lan-demets-of"


class TwoProportionsArguments(ComparisonArguments):
    """Two response or event rates."""

    control: Share = Field(description="control rate as a fraction, 0.3 for 30%")
    treatment: Share = Field(description="treatment rate as a fraction")
    margin: float | None = Field(
        None, gt=-1, lt=1, description="non-inferiority margin as a signed difference; none for superiority"
    )


class TwoMeansArguments(ComparisonArguments):
    """Two means with a common standard deviation."""

    difference: float = Field(description="true mean of treatment minus control")
    sd: float = Field(gt=0, description="standard deviation of the outcome, same unit")
    margin: float | None = Field(None, description="non-inferiority margin, same unit, signed; none for superiority")


class SurvivalArguments(ComparisonArguments):
    """Time to an event, log-rank test, all times in one unit."""

    control_median: float = Field(gt=0, description="median time to the event, control")
    hazard_ratio: float = Field(gt=0.05, lt=20, description="treatment against control, below 1 for a benefit")
    accrual: float = Field(gt=0, description="duration of accrual")
    follow_up: float = Field(ge=0, description="last entry to final analysis")


class SingleArmArguments(_Arguments):
    """A two-stage single-arm trial of Simon."""

    p0: Share = Field(description="response rate that is not worth pursuing")
    p1: Share = Field(description="response rate that is")
    alpha: Annotated[float, Field(gt=0, le=0.3, description="one-sided type I error")] = 0.05
    power: Power = 0.8
    criterion: Literal["optimal", "minimax"] = "optimal"


class BioequivalenceArguments(_Arguments):
    """Average bioequivalence within 0.80 to 1.25."""

    cv: float = Field(gt=0, lt=3, description="coefficient of variation as a fraction, within subjects in crossovers")
    ratio: float = Field(0.95, gt=0.8, lt=1.25, description="true ratio of geometric means")
    study: Literal["2x2", "2x2x3", "2x2x4", "parallel"] = "2x2"
    power: Power = 0.8
    dropout: Dropout = 0.0


class BoundariesArguments(_Arguments):
    """Boundaries of a group-sequential trial, free of any endpoint."""

    looks: Annotated[
        list[float], Field(min_length=2, max_length=10, description="information fractions, increasing, the last 1")
    ]
    alpha: Alpha = 0.025
    sides: Sides = 1
    power: Power = 0.9
    spending: Spending = "lan-demets-of"


class ConditionalPowerArguments(BoundariesArguments):
    """A monitored trial in progress."""

    look: int = Field(ge=1, le=9, description="number of the look that has just been made")
    z: float = Field(gt=-10, lt=10, description="Z statistic at that look, positive towards benefit")


class DoseEscalationArguments(_Arguments):
    """A phase 1 dose escalation by BOIN."""

    target: float = Field(gt=0.05, lt=0.6, description="target rate of dose-limiting toxicities as a fraction")
    doses: int = Field(5, ge=2, le=10, description="number of dose levels")
    max_n: int = Field(36, ge=6, le=120, description="most patients in all")
    cohort_size: int = Field(3, ge=1, le=6, description="patients in a cohort")


SOURCE = f"benchside trial design {version('benchside')}"


def _finding(subject: str, quantity: str, value: Any, unit: str = "", note: str = "") -> Finding:
    return Finding(subject, quantity, value, unit, "computed", SOURCE, note=note or None)


def _sized(settings: Mapping[str, Any]) -> list[Finding]:
    """Sizes, power and boundaries of a design, each as a finding."""
    from benchside.tools.trials.design.families import from_settings

    design = from_settings(settings)
    size = design.sample_size()
    told = ", ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}" for k, v in settings.items() if k != "design")
    subject = f"{settings['design']} ({told})"
    found = [_finding(subject, q.label, q.value, q.unit, q.note) for q in size.quantities()]
    if "looks" in settings or settings["design"] == "simon":
        found += _rows(subject, design.boundaries())
    return found


def _rows(subject: str, table: Any) -> list[Finding]:
    head, *rest = table.columns
    return [
        _finding(f"{subject}, {head.label} {row[0]}", column.label, value, column.unit)
        for row in table.rows
        for column, value in zip(rest, row[1:], strict=True)
    ]


def _comparison(name: str, arguments: ComparisonArguments) -> list[Finding]:
    settings = {k: v for k, v in arguments.model_dump().items() if v is not None}
    looks, spending = settings.pop("looks"), settings.pop("spending")
    if looks > 1:
        settings |= {"looks": looks, "spending": spending}
    if not settings["dropout"]:
        del settings["dropout"]
    return _sized({"design": name} | settings)


def size_two_proportions(arguments: TwoProportionsArguments) -> list[Finding]:
    """Participants for a comparison of two rates."""
    return _comparison("two-proportions", arguments)


def size_two_means(arguments: TwoMeansArguments) -> list[Finding]:
    """Participants for a comparison of two means (t test)."""
    return _comparison("two-means", arguments)


def size_survival(arguments: SurvivalArguments) -> list[Finding]:
    """Events and participants for a log-rank comparison."""
    return _comparison("survival", arguments)


def size_single_arm(arguments: SingleArmArguments) -> list[Finding]:
    """Stages and stopping numbers of Simon's design."""
    return _sized({"design": "simon"} | arguments.model_dump())


def size_bioequivalence(arguments: BioequivalenceArguments) -> list[Finding]:
    """Participants for average bioequivalence."""
    settings = arguments.model_dump()
    if not settings["dropout"]:
        del settings["dropout"]
    return _sized({"design": "bioequivalence"} | settings)


def group_sequential_boundaries(arguments: BoundariesArguments) -> list[Finding]:
    """Z boundaries and what they cost."""
    from benchside.tools.trials.design.sequential.plan import plan
    from benchside.tools.trials.design.sequential.scales import nominal_p

    a = arguments
    made = plan(a.looks, a.alpha, a.sides, a.power, a.spending)
    subject = f"{a.spending} boundaries at {', '.join(f'{t:g}' for t in a.looks)} (alpha {a.alpha:g}, {a.sides}-sided)"
    found = [_finding(subject, "inflation factor of the sample size", float(made.inflation), "1")]
    for k, (z, spent) in enumerate(zip(made.upper, a.sides * made.cumulative_alpha(), strict=True), start=1):
        where = f"{subject}, look {k}"
        found += [
            _finding(where, "efficacy Z", float(z)),
            _finding(where, "nominal p", float(a.sides * nominal_p(float(z))), "1"),
            _finding(where, "cumulative alpha", float(spent), "1"),
        ]
    return found


def conditional_power(arguments: ConditionalPowerArguments) -> list[Finding]:
    """Probability of success given an interim result, under the design's effect and under the observed one."""
    from benchside.tools.trials.design.sequential import conditional
    from benchside.tools.trials.design.sequential.plan import plan

    a = arguments
    made = plan(a.looks, a.alpha, a.sides, a.power, a.spending)
    subject = f"look {a.look} of {len(a.looks)} with Z {a.z:g}"
    at = a.looks[a.look - 1] if a.look <= len(a.looks) else 1.0
    observed = a.z / at**0.5
    return [
        _finding(subject, "conditional power under the effect of the design",
                 float(conditional.conditional_power(made, a.look, a.z, drift=made.drift)), "1"),
        _finding(subject, "conditional power under the observed effect",
                 float(conditional.conditional_power(made, a.look, a.z, drift=observed)), "1"),
        _finding(subject, "predictive power, flat prior",
                 float(conditional.predictive_power(made, a.look, a.z)), "1"),
    ]  # fmt: skip


def dose_escalation_rules(arguments: DoseEscalationArguments) -> list[Finding]:
    """The BOIN decision table: escalate, stay, de-escalate, eliminate."""
    from benchside.tools.trials.design.families import from_settings

    design = from_settings({"design": "boin"} | arguments.model_dump())
    return _rows(f"BOIN, target {arguments.target:g}", design.decision_table())


NO_COMPOUND = "computes with numbers of a trial; no structure goes in or comes out"
"""Why none of these needs the safety gate."""

CAPABILITIES = tuple(
    Capability(function.__name__, description, arguments, function, "computed", harmless=NO_COMPOUND)
    for function, arguments, description in (
        (
            size_two_proportions,
            TwoProportionsArguments,
            "Sample size to compare two response or event rates, with interim looks.",
        ),
        (size_two_means, TwoMeansArguments, "Sample size to compare two means (t test), with interim looks."),
        (
            size_survival,
            SurvivalArguments,
            "Events and sample size for a log-rank comparison of survival, with interim looks.",
        ),
        (size_single_arm, SingleArmArguments, "Simon two-stage design of a single-arm phase 2 trial."),
        (
            size_bioequivalence,
            BioequivalenceArguments,
            "Sample size for average bioequivalence within 0.80 to 1.25.",
        ),
        (
            group_sequential_boundaries,
            BoundariesArguments,
            "Efficacy boundaries of interim looks by alpha spending.",
        ),
        (
            conditional_power,
            ConditionalPowerArguments,
            "Conditional and predictive power of a trial after an interim look.",
        ),
        (
            dose_escalation_rules,
            DoseEscalationArguments,
            "Decision table of a BOIN dose escalation for a target toxicity rate.",
        ),
    )
)
