"""The exact single-arm designs: Simon's two stages, A'Hern's one, Fleming's several, and the predictive probability."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from benchside.tools.trials.design.checks import between, increasing, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.results import Column, Paragraph, Quantity, Table
from benchside.tools.trials.design.single_arm.arm import SingleArm
from benchside.tools.trials.design.single_arm.fleming import MOST_STAGES, fleming_boundaries, fleming_design
from benchside.tools.trials.design.single_arm.predictive import (
    LARGEST,
    PredictiveDesign,
    checked_prior,
    efficacy_threshold,
    predictive_design,
)
from benchside.tools.trials.design.single_arm.simon_search import SimonDesigns, TwoStage, simon_designs
from benchside.tools.trials.design.single_arm.single_stage import SingleStage, ahern_design
from benchside.tools.trials.design.single_arm.stages import BinomialStages

_HYPOTHESES = (
    "A response rate of {null_rate} is of no interest and one of {target_rate} is. With a one-sided type I error rate "
    "of at most {alpha} and a power of at least {power}, "
)
_ACHIEVED = " The exact type I error rate is {type_one_error} and the exact power {achieved_power}."


class Simon(SingleArm):
    """Simon's two-stage design: after the first stage the trial may stop for lack of activity."""

    family: ClassVar[str] = "two-stage design of Simon"
    kind: Literal["simon"] = "simon"
    criterion: Literal["optimal", "minimax", "admissible"] = Field(
        "optimal",
        description="optimal: smallest expected size at p0; minimax: smallest maximum size; admissible: between them",
    )
    weight: float = Field(
        0.5, description="admissible only: weight of the maximum size, from 0 (optimal) to 1 (minimax)"
    )

    @model_validator(mode="after")
    def _weight(self) -> Simon:
        between("weight", self.weight, 0, 1, closed=True)
        return self

    def designs(self) -> SimonDesigns:
        """Everything that the search found."""
        return simon_designs(self.p0, self.p1, self.alpha, self.power)

    def design(self) -> TwoStage:
        """The design of the criterion."""
        found = self.designs()
        if self.criterion == "optimal":
            return found.optimal
        if self.criterion == "minimax":
            return found.minimax
        return min(
            (d for d, _, _ in found.admissible), key=lambda d: (self.weight * d.n + (1 - self.weight) * d.en0, d.n)
        )

    def stages(self) -> BinomialStages:
        """Stop at r1 or fewer of n1; reject above r of n."""
        d = self.design()
        return BinomialStages((d.n1, d.n), (d.r1, d.r), (d.n1 + 1, d.r + 1))

    def rule(self) -> str:
        """Exact search."""
        return "exhaustive search over whole sizes; both error rates hold exactly"

    def found(self) -> tuple[Quantity, ...]:
        """The four numbers of the design."""
        d = self.design()
        return (
            Quantity("r1", "stop at or below, first stage", d.r1, digits=0),
            Quantity("n1", "patients, first stage", d.n1, digits=0),
            Quantity("r", "do not reject at or below, both stages", d.r, digits=0),
            Quantity("n", "patients, both stages", d.n, digits=0),
        )

    def alternatives(self) -> Table:
        """Minimax, optimal and the admissible designs between them."""
        found = self.designs()
        rows = []
        for d, low, high in found.admissible:
            name = "minimax" if d == found.minimax else "optimal" if d == found.optimal else "admissible"
            rows.append((name, d.r1, d.n1, d.r, d.n, d.en0, d.pet0, d.type_one_error, d.power, low, high))
        return Table(
            "admissible",
            "Designs that are best for some weight of maximum against expected size",
            (
                Column("design", "design", digits=0),
                Column("r1", "r1", digits=0),
                Column("n1", "n1", digits=0),
                Column("r", "r", digits=0),
                Column("n", "n", digits=0),
                Column("en0", "expected size at p0"),
                Column("pet0", "early termination at p0", "1"),
                Column("type_one_error", "type I error rate", "1"),
                Column("power", "power", "1"),
                Column("weight_low", "weight from", "1", 3),
                Column("weight_high", "weight to", "1", 3),
            ),
            tuple(rows),
            ("The drug is dropped at r1 or fewer responses of n1, and at r or fewer of n.",),
        )

    def tables(self) -> tuple[Table, ...]:
        """The alternatives come last."""
        return (*super().tables(), self.alternatives())

    def paragraph(self, values: dict[str, Quantity]) -> Paragraph:
        """Both stages in words."""
        slots = {q.name: q for q in self.found()}
        values = {
            **values,
            "first_stop": slots["r1"],
            "first_size": slots["n1"],
            "last_stop": slots["r"],
            "word": Quantity("criterion", "criterion", self.criterion),
        }
        text = (
            _HYPOTHESES + "the {word} two-stage design of Simon treats {first_size} patients first. With {first_stop} "
            "or fewer responses the trial stops; otherwise it goes on to {n_total} patients in all, and the null is "
            "rejected with more than {last_stop} responses. The probability of early termination at the rate of no "
            "interest is {early_null}, and the expected size {expected_null}." + _ACHIEVED
        )
        cites = ("simon-1989", "jung-2004") if self.criterion == "admissible" else ("simon-1989",)
        return Paragraph(text, values, cites)


class AHern(SingleArm):
    """The exact single-stage design."""

    family: ClassVar[str] = "exact single-stage design of A'Hern"
    kind: Literal["ahern"] = "ahern"
    stable: bool = Field(False, description="whether every larger trial must meet both error rates as well")

    def design(self) -> SingleStage:
        """Size and critical count."""
        return ahern_design(self.p0, self.p1, self.alpha, self.power, stable=self.stable)

    def stages(self) -> BinomialStages:
        """One analysis."""
        d = self.design()
        return BinomialStages((d.n,), (d.reject_at - 1,), (d.reject_at,))

    def rule(self) -> str:
        """Exact search."""
        more = ", and so they do at every larger number" if self.stable else ""
        return f"smallest whole number of patients at which both error rates hold exactly{more}"

    def found(self) -> tuple[Quantity, ...]:
        """The critical count."""
        return (Quantity("reject_at", "reject at or above", self.design().reject_at, digits=0),)

    def paragraph(self, values: dict[str, Quantity]) -> Paragraph:
        """One stage in words."""
        text = (
            _HYPOTHESES + "the exact single-stage design of A'Hern needs {n_total} evaluable patients. The null is "
            "rejected with {critical} or more responses." + _ACHIEVED
        )
        return Paragraph(text, {**values, "critical": self.found()[0]}, ("ahern-2001",))


class Fleming(SingleArm):
    """Fleming's multi-stage test, which may accept or reject at each stage."""

    family: ClassVar[str] = "multi-stage design of Fleming"
    kind: Literal["fleming"] = "fleming"
    looks: int = Field(2, description=f"number of stages, 1 to {MOST_STAGES}")
    sizes: tuple[int, ...] = Field((), description="cumulative patients at each stage; empty to search equal stages")

    @model_validator(mode="after")
    def _stages(self) -> Fleming:
        whole("looks", self.looks, 1, MOST_STAGES)
        if self.sizes:
            increasing("sizes", self.sizes)
            if "looks" in self.model_fields_set and self.looks != len(self.sizes):
                raise ContradictoryInputError(
                    f"{self.looks} looks and {len(self.sizes)} sizes", where="sizes", hint="Leave out looks."
                )
            fleming_boundaries(self.sizes, self.p0, self.alpha)
        return self

    def stages(self) -> BinomialStages:
        """The boundaries at the sizes given, or those of the search."""
        if self.sizes:
            return fleming_boundaries(self.sizes, self.p0, self.alpha)
        return fleming_design(self.p0, self.p1, self.alpha, self.power, stages=self.looks)

    def rule(self) -> str:
        """Given or searched."""
        if self.sizes:
            return "sizes as given; the exact error rates are those of Fleming's boundaries at them"
        return "smallest total in equal stages at which both error rates hold exactly"

    def paragraph(self, values: dict[str, Quantity]) -> Paragraph:
        """Stages in words."""
        stages = self.stages()
        values = {
            **values,
            "stages": Quantity("stages", "stages", len(stages.sizes), digits=0),
            "sizes": Quantity("sizes", "cumulative sizes", ", ".join(map(str, stages.sizes))),
        }
        text = (
            "A response rate of {null_rate} is of no interest and one of {target_rate} is. With a one-sided alpha of "
            "{alpha} and a power of {power} asked for, the multi-stage design of Fleming tests after {sizes} patients "
            "({stages} stages) and may end the trial at each of them for either conclusion." + _ACHIEVED
        )
        return Paragraph(text, values, ("fleming-1982",))


class PredictiveProbability(SingleArm):
    """Continuous monitoring by the Bayesian predictive probability, with exact frequentist error rates."""

    family: ClassVar[str] = "predictive probability design of Lee and Liu"
    kind: Literal["predictive-probability"] = "predictive-probability"
    prior: tuple[float, float] = Field((1.0, 1.0), description="parameters of the beta prior of the response rate")
    first_look: int = Field(10, description="patients before the first look")
    cohort: int = Field(1, description="patients between looks")
    theta_l: float | None = Field(
        None,
        description="stop for futility below this predictive probability; none for the largest that leaves the power",
    )
    theta_u: float = Field(1.0, description="stop for efficacy above this predictive probability; 1 for never")
    n_max: int | None = Field(None, description="maximum size; none to search the smallest")

    @model_validator(mode="after")
    def _thresholds(self) -> PredictiveProbability:
        checked_prior(self.prior)
        whole("first_look", self.first_look, 1, LARGEST)
        whole("cohort", self.cohort, 1, LARGEST)
        efficacy_threshold(self.theta_u)
        if self.theta_l is not None:
            between("theta_l", self.theta_l, 0, 1, closed=True)
        if self.n_max is not None:
            whole("n_max", self.n_max, self.first_look, LARGEST)
        return self

    def design(self) -> PredictiveDesign:
        """Boundaries and thresholds."""
        return predictive_design(
            self.p0,
            self.p1,
            self.alpha,
            self.power,
            prior=self.prior,
            first=self.first_look,
            cohort=self.cohort,
            theta_u=self.theta_u,
            theta_l=self.theta_l,
            n_max=self.n_max,
        )

    def stages(self) -> BinomialStages:
        """A look after each cohort."""
        return self.design().stages

    def rule(self) -> str:
        """Exact search."""
        which = "maximum size as given" if self.n_max is not None else "smallest maximum size"
        return f"{which}, with thresholds at which both error rates hold exactly"

    def found(self) -> tuple[Quantity, ...]:
        """The thresholds."""
        d = self.design()
        return (
            Quantity("theta_t_low", "posterior threshold from", d.theta_t[0], "1", note="included"),
            Quantity("theta_t_high", "posterior threshold to", d.theta_t[1], "1", note="excluded; the same boundaries"),
            Quantity("theta_l", "futility below this predictive probability", d.theta_l, "1"),
            Quantity("theta_u", "efficacy above this predictive probability", d.theta_u, "1"),
            Quantity("critical", "promising at or above, at the end", d.critical, digits=0),
        )

    def decision_table(self) -> Table:
        """Only the sizes at which a bound changes, so that the table fits on a page."""
        full = super().decision_table()
        kept = [
            row
            for i, row in enumerate(full.rows)
            if i in (0, len(full.rows) - 1)
            or row[1] != full.rows[i - 1][1]
            or _first(row[3]) != _first(full.rows[i - 1][3])
        ]
        note = "Between two rows the bounds of the row above hold."
        return Table(full.name, full.caption, full.columns, tuple(kept), (*full.notes, note))

    def paragraph(self, values: dict[str, Quantity]) -> Paragraph:
        """Monitoring in words."""
        d = self.design()
        values = {
            **values,
            "prior_a": Quantity("prior_a", "first parameter of the prior", self.prior[0]),
            "prior_b": Quantity("prior_b", "second parameter of the prior", self.prior[1]),
            "first_look": Quantity("first_look", "first look", self.first_look, digits=0),
            "cohort": Quantity("cohort", "patients between looks", self.cohort, digits=0),
            "futility": Quantity("theta_l", "futility threshold", d.theta_l, "1"),
            "efficacy": Quantity("theta_u", "efficacy threshold", d.theta_u, "1"),
            "posterior": Quantity("theta_t", "posterior threshold", d.theta_t[0], "1"),
            "critical": Quantity("critical", "critical count", d.critical, digits=0),
        }
        text = (
            _HYPOTHESES + "the trial is monitored by the Bayesian predictive probability of Lee and Liu with a beta "
            "prior with parameters {prior_a} and {prior_b}. After {first_look} patients, and then after each "
            "cohort of {cohort}, it stops if the predictive probability of a positive trial is below {futility}"
            + (" or above {efficacy}" if self.theta_u < 1 else "")
            + ". It treats at most {n_total} patients and is positive with {critical} or more responses, when the "
            "posterior probability that the rate exceeds {null_rate} is above {posterior}. At the rate of no "
            "interest it stops early with probability {early_null} and is expected to treat {expected_null} patients."
            + _ACHIEVED
        )
        return Paragraph(text, values, ("lee-liu-2008",))


def _first(cell: object) -> str:
    """The lower end of a cell of counts."""
    return str(cell).split(" ")[0]
