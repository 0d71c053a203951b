"""Response-adaptive randomisation of a binary outcome: what it gains for participants and costs in power."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from scipy.special import ndtri

from benchside.tools.trials.design.adaptive.allocation_rules import (
    RULES,
    Allocator,
    Outcome,
    Rule,
    Target,
    exact_two_arms,
    simulate_arms,
    z_statistics,
)
from benchside.tools.trials.design.adaptive.fields import Numbers, assumed, by_name, effects_of
from benchside.tools.trials.design.base import DEFAULT_SEED, DEFAULT_TRIALS, Design
from benchside.tools.trials.design.checks import MOST_ARMS, SMALLEST_ALPHA, between, positive, probability, whole
from benchside.tools.trials.design.errors import ContradictoryInputError
from benchside.tools.trials.design.montecarlo import chunks, mean, share
from benchside.tools.trials.design.results import (
    Check,
    Column,
    Estimate,
    Paragraph,
    Quantity,
    SampleSize,
    Simulation,
    Table,
    Verification,
    printed,
)
from benchside.tools.trials.design.statistic import Floats

MOST_EXACT = 80  # participants up to which two arms are enumerated
CUT_TO = 50  # of a design that is too large for it, when it is verified
MOST_PARTICIPANTS = 5_000
TABLE_TRIALS = 2_000


class ResponseAdaptive(Design):
    """Arms with a binary outcome, allocated by the results so far; a pooled z test of each treatment at the end.

    The test is the usual one, which adaptive allocation does not make exact: type I error is worked out, not assumed.
    With several treatments it is at alpha over their number (Bonferroni). The last rate is that of the control.
    """

    family: ClassVar[str] = "response-adaptive randomisation"
    kind: Literal["response-adaptive"] = "response-adaptive"
    rates: Numbers = Field(description="assumed success rates; treatments first, the control last")
    n: int = Field(description="participants in all")
    rule: Rule = Field("thompson", description="equal, thompson, biased-coin or play-the-winner")
    tuning: float | None = Field(None, description="power of the probability to be best (thompson); none: n / 2N")
    gamma: float = Field(2.0, description="pull of the biased coin towards its target")
    target: Target = Field("rsihr", description="target of the biased coin: neyman, rsihr or urn")
    balls: float = Field(1.0, description="balls per arm in the urn at the start")
    reward: float = Field(1.0, description="balls added to the urn for each outcome")
    prior: Numbers = Field((1.0, 1.0), description="a, b of the beta prior of each arm (thompson)")
    burn_in: int = Field(5, description="participants of each arm before allocation adapts")
    block: int = Field(1, description="participants between updates of the allocation")
    alpha: float = Field(0.025, description="one-sided type I error of the final test, over all treatments")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        whole("rates", len(self.rates), 2, MOST_ARMS)
        for rate in self.rates:
            probability("rates", rate)
        whole("n", self.n, 2 * len(self.rates), MOST_PARTICIPANTS)
        whole("burn_in", self.burn_in, 1, MOST_PARTICIPANTS)
        whole("block", self.block, 1, MOST_PARTICIPANTS)
        between("alpha", self.alpha, SMALLEST_ALPHA, 0.5)
        between("gamma", self.gamma, 0, 100, closed=True)
        if self.tuning is not None:
            between("tuning", self.tuning, 0, 20, closed=True)
        for name, value in (("balls", self.balls), ("reward", self.reward)):
            positive(name, value)
        if len(self.prior) != 2:
            raise ContradictoryInputError("a beta prior has two numbers", where="prior", hint="Write 1,1.")
        for value in self.prior:
            positive("prior", value)
        if self.burn_in * len(self.rates) >= self.n:
            raise ContradictoryInputError(
                f"{self.burn_in} participants in each of {len(self.rates)} arms leave none to adapt",
                where="burn_in",
                hint="Give a shorter burn-in or more participants.",
            )
        return self

    @cached_property
    def allocator(self) -> Allocator:
        """The rule with its settings."""
        return Allocator(self.rule, self.n, self.tuning, self.gamma, self.target, self.balls, self.reward,
                         (self.prior[0], self.prior[1]))  # fmt: skip

    @property
    def critical(self) -> float:
        """Critical value of each z."""
        return -float(ndtri(self.alpha / (len(self.rates) - 1)))

    @property
    def enumerated(self) -> bool:
        """Whether the characteristics are exact: two arms, updates after each participant, few of them."""
        return len(self.rates) == 2 and self.block == 1 and self.n <= MOST_EXACT

    def exact(self, rates: tuple[float, ...]) -> Outcome:
        """Exact characteristics where they are enumerated."""
        return exact_two_arms(self.allocator, (rates[0], rates[1]), self.burn_in, self.critical)

    def _null(self) -> tuple[float, ...]:
        return (self.rates[-1],) * len(self.rates)

    def assumptions(self) -> tuple[Quantity, ...]:
        """What was assumed or chosen."""
        own = {"thompson": ("tuning", "prior"), "biased-coin": ("gamma", "target"),
               "play-the-winner": ("balls", "reward"), "equal": ()}  # fmt: skip
        return (
            *assumed(self, "rates", "n", "burn_in", "block", "alpha", *own[self.rule]),
            Quantity("rule", "allocation rule", RULES[self.rule]),
        )

    @cached_property
    def _summary(self) -> tuple[Simulation | Outcome, Simulation | Outcome]:
        if self.enumerated:
            return self.exact(self.rates), self.exact(self._null())
        return self.simulate(trials=TABLE_TRIALS), self.simulate("null", trials=TABLE_TRIALS)

    def sample_size(self) -> SampleSize:
        """The given size; expected sizes of the arms are extra, exact or simulated (default seed)."""
        found, null = self._summary
        how = "exact" if self.enumerated else f"simulated, {TABLE_TRIALS} trials"
        k = len(self.rates)
        sizes = [found.sizes[i] if isinstance(found, Outcome) else found[f"n_{i + 1}"].value for i in range(k)]
        power = float(found.reject[0]) if isinstance(found, Outcome) else found["rejected_any"].value
        error = float(null.reject[0]) if isinstance(null, Outcome) else null["rejected_any"].value
        failures = found.failures if isinstance(found, Outcome) else found["failures"].value
        return SampleSize(
            arms=("all",),
            evaluable=(self.n,),
            enrolled=(self.n,),
            unrounded=float(self.n),
            power=power,
            rule="as given; arms by the allocation rule",
            extra=(
                *(Quantity(f"expected_n_{i + 1}", f"expected size of arm {i + 1}", float(s), note=how)
                  for i, s in enumerate(sizes)),
                Quantity("failures", "expected failures", float(failures), note=how),
                Quantity("failures_equal", "expected failures with equal allocation",
                         self.n * (1 - float(np.mean(self.rates)))),
                Quantity("type_1_error", "type I error at the control's rate", error, "1", note=how),
            ),
        )  # fmt: skip

    def operating_characteristics(self) -> Table:
        """Rejection, allocation and failures for this rule and equal allocation, from no effect to the assumed one."""
        rows = []
        for step in range(5):
            rates = tuple(self.rates[-1] + (r - self.rates[-1]) * step / 4 for r in self.rates)
            for rule in dict.fromkeys((self.rule, "equal")):
                design = self.model_copy(update={"rule": rule})
                design.__dict__.pop("allocator", None)
                if design.enumerated:
                    found = design.exact(rates)
                    reject, first, failures, error = float(found.reject[0]), found.sizes[0], found.failures, 0.0
                else:
                    run = design.simulate(rates, trials=TABLE_TRIALS)
                    reject, error = run["rejected_any"].value, run["rejected_any"].standard_error
                    first, failures = run["n_1"].value, run["failures"].value
                shown = ", ".join(printed(r, 3) for r in rates)
                rows.append((shown, rule, reject, error, float(first) / self.n, float(failures)))
        columns = (
            Column("rates", "true rates", digits=0),
            Column("rule", "allocation", digits=0),
            Column("rejected", "rejects for any treatment", "1"),
            Column("standard_error", "Monte Carlo SE (zero: exact)", "1", 2),
            Column("share_first", "share of the first arm", "1"),
            Column("failures", "expected failures"),
        )
        return Table("operating_characteristics", "Rejection, allocation and failures", columns, tuple(rows))

    def _run(self, rates: tuple[float, ...], trials: int, seed: int) -> tuple[Floats, Floats]:
        found = [
            simulate_arms(
                self.allocator, np.asarray(rates), burn_in=self.burn_in, block=self.block, rng=rng, trials=count
            )
            for rng, count in chunks(trials, seed, 4_000)
        ]
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def simulate(self, truth: Any = None, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Simulation:
        """Trials participant by participant (or block by block); a truth is `null` or a rate for each arm."""
        rates, words = effects_of(truth, self.rates, self._null())
        for rate in rates:
            probability("truth", rate)
        successes, sizes = self._run(rates, trials, seed)
        rejected = z_statistics(successes, sizes) >= self.critical - 1e-12
        k = len(rates)
        estimates: list[Estimate] = [
            share("rejected_any", "rejects for any treatment", float(rejected.any(axis=1).sum()), trials),
            *(share(f"rejected_{i + 1}", f"rejects for treatment {i + 1}", float(rejected[:, i].sum()), trials)
              for i in range(k - 1)),
            *(mean(f"n_{i + 1}", f"size of arm {i + 1}", sizes[:, i]) for i in range(k)),
            mean("failures", "failures", (sizes - successes).sum(axis=1)),
        ]  # fmt: skip
        best = int(np.argmax(rates))
        worse = sizes[:, best] < sizes.max(axis=1)
        estimates.append(
            share("wrong_way", "most participants in another arm than the best", float(worse.sum()), trials)
        )
        return Simulation(words.replace("effects", "rates"), trials, seed, tuple(estimates))

    def verify(self, *, trials: int = DEFAULT_TRIALS, seed: int = DEFAULT_SEED) -> Verification:
        """The exact recursion against simulated trials; where it is too large, that of the same rule cut to fit.

        A design of more arms, larger blocks or more participants than are enumerated is verified on its first treatment
        and the control, one participant at a time, with fewer participants; the note says so.
        """
        design, notes = self, []
        if not self.enumerated:
            n = min(self.n, CUT_TO)
            fields = {
                "rates": (self.rates[0], self.rates[-1]),
                "n": n,
                "block": 1,
                "burn_in": min(self.burn_in, n // 4),
            }
            design = type(self).model_validate(self.model_dump() | fields)
            notes.append(f"Verified on two arms of {n} participants in all, allocated one by one.")
        checks = []
        for name, label, rates, at in (("power", "power", design.rates, seed),
                                       ("type_1_error", "type I error", design._null(), seed + 1)):  # fmt: skip
            stated, run = design.exact(rates), design.simulate(rates, trials=trials, seed=at)
            for key, title, value in (
                ("rejected_any", label, float(stated.reject[0])),
                ("n_1", f"expected size of the first arm, {label}", float(stated.sizes[0])),
                ("failures", f"expected failures, {label}", stated.failures),
            ):
                one = run[key]
                checks.append(Check(f"{name}_{key}", title, value, one.value, one.standard_error, "exact"))
        return Verification(tuple(checks), trials, seed, tuple(notes))

    def to_text(self) -> Paragraph:
        """The methods paragraph."""
        values = by_name(*self.assumptions(), *self.sample_size().quantities())
        text = (
            "{n} participants are allocated by {rule}, after {burn_in} in each arm, with an update after every "
            "{block}. At the success rates {rates} (control last) the power of the pooled z test (one-sided alpha "
            "{alpha}) is {achieved_power} and {failures} failures are expected, against {failures_equal} with equal "
            "allocation; the type I error is {type_1_error}."
        )
        cites: dict[str, tuple[str, ...]] = {
            "thompson": ("thompson-1933", "thall-wathen-2007"),
            "biased-coin": ("hu-zhang-2004", "rosenberger-2001"),
            "play-the-winner": ("wei-durham-1978",),
            "equal": (),
        }
        return Paragraph(text, values, cites[self.rule])
