"""What the engine offers, by name: endpoints of a comparison and designs of their own kind. Loaded when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from benchside.tools.trials.design.base import Design
from benchside.tools.trials.design.endpoints import Endpoint
from benchside.tools.trials.design.errors import OutOfScopeError

_HERE = "benchside.tools.trials.design"


@dataclass(frozen=True, slots=True)
class Entry:
    """One family: its class, as `module:Class` below this package, and what it is in a few words."""

    where: str
    title: str

    def load(self) -> Any:
        """The class."""
        module, _, name = self.where.partition(":")
        return getattr(import_module(f"{_HERE}.{module}"), name)


ENDPOINTS: dict[str, Entry] = {
    "one-mean": Entry("continuous.endpoints:OneMean", "one mean against a fixed value"),
    "two-means": Entry("continuous.endpoints:TwoMeans", "two means, known or estimated spread (z, t, Welch)"),
    "paired-means": Entry("continuous.endpoints:PairedMeans", "two means of the same participants"),
    "crossover-means": Entry("continuous.endpoints:CrossoverMeans", "two means in a 2x2 crossover"),
    "williams-means": Entry(
        "continuous.endpoints:WilliamsMeans", "means in a Williams crossover of several treatments"
    ),
    "wilcoxon": Entry("continuous.wilcoxon:WilcoxonEndpoint", "two distributions by ranks"),
    "ratio-of-means": Entry("continuous.fieller:RatioOfMeans", "ratio of means on the original scale (Fieller)"),
    "bioequivalence": Entry("continuous.bioequivalence:Bioequivalence", "average bioequivalence on the log scale"),
    "ancova": Entry("longitudinal.ancova:Ancova", "two means adjusted for a baseline"),
    "mmrm": Entry("longitudinal.mmrm_endpoint:Mmrm", "difference at the last of repeated visits, with dropout"),
    "slopes": Entry("longitudinal.slopes_endpoint:Slopes", "difference of slopes in a linear mixed model"),
    "qt-parallel": Entry("dose_response.qt:QtParallel", "mean QTc in two parallel groups"),
    "qt-crossover": Entry("dose_response.qt:QtCrossover", "mean QTc in a two-period crossover"),
    "one-proportion": Entry("binary.one_proportion:OneProportion", "one proportion against a fixed value"),
    "two-proportions": Entry(
        "binary.two_proportions:TwoProportions", "two proportions: difference, risk or odds ratio"
    ),
    "mcnemar": Entry("binary.paired:PairedProportions", "two proportions of the same participants"),
    "ordinal": Entry("ordinal.endpoint:Ordinal", "ordered categories, proportional odds (Whitehead)"),
    "two-rates": Entry("counts.two_rates:TwoRates", "two event rates, Poisson or negative binomial"),
    "recurrent-events": Entry("counts.recurrent:RecurrentEvents", "recurrent events with differing follow-up"),
    "survival": Entry("survival.endpoint:Survival", "time to an event: hazard ratio, log-rank and weighted tests"),
    "rmst": Entry("survival.endpoint:RestrictedMeanSurvival", "restricted mean survival time"),
    "cluster-means": Entry("clusters.means:ClusterMeans", "means, randomised by cluster"),
    "cluster-proportions": Entry("clusters.proportions:ClusterProportions", "proportions, randomised by cluster"),
    "cluster-rates": Entry("clusters.rates:ClusterRates", "event rates, randomised by cluster"),
}

DESIGNS: dict[str, Entry] = {
    "simon": Entry("single_arm.designs:Simon", "two-stage single arm of Simon: optimal, minimax, admissible"),
    "ahern": Entry("single_arm.designs:AHern", "exact single-stage single arm of A'Hern"),
    "fleming": Entry("single_arm.designs:Fleming", "multi-stage single arm of Fleming"),
    "bryant-day": Entry("single_arm.two_endpoints:BryantDay", "two-stage single arm, response and toxicity"),
    "predictive-probability": Entry("single_arm.designs:PredictiveProbability", "single arm by predictive probability"),
    "three-plus-three": Entry("phase1.three_plus_three:ThreePlusThree", "3+3 dose escalation"),
    "mtpi": Entry("phase1.mtpi:Mtpi", "modified toxicity probability interval"),
    "mtpi-2": Entry("phase1.mtpi:Mtpi2", "modified toxicity probability interval, second version"),
    "boin": Entry("phase1.boin:Boin", "Bayesian optimal interval"),
    "boin12": Entry("phase1.boin12:Boin12", "Bayesian optimal interval for the optimal biological dose"),
    "tite-boin": Entry("phase1.tite_boin:TiteBoin", "Bayesian optimal interval with late toxicities"),
    "crm": Entry("phase1.crm:Crm", "continual reassessment method"),
    "blrm": Entry("phase1.blrm:Blrm", "Bayesian logistic regression with overdose control"),
    "dose-response-means": Entry("dose_response.contrast_designs:DoseResponseMeans", "contrast over doses, means"),
    "dose-response-binary": Entry(
        "dose_response.contrast_designs:DoseResponseBinary", "contrast over doses, proportions"
    ),
    "minimum-effective-dose": Entry("dose_response.williams:MinimumEffectiveDose", "lowest dose that works (Williams)"),
    "mcp-mod": Entry("dose_response.mcpmod_design:McpMod", "multiple comparisons and modelling over doses"),
    "scaled-bioequivalence": Entry("continuous.scaled:ScaledBioequivalence", "reference-scaled bioequivalence"),
    "dunnett": Entry("adaptive.dunnett_design:Dunnett", "several arms against one control"),
    "mams": Entry("adaptive.mams_design:MultiArmMultiStage", "several arms, several stages, one control"),
    "drop-the-losers": Entry("adaptive.drop_losers_design:DropTheLosers", "the best arm goes on"),
    "seamless-selection": Entry("adaptive.seamless_design:SeamlessSelection", "phase 2/3 with treatment selection"),
    "combination-test": Entry("adaptive.combination_design:CombinationDesign", "stages combined by p values"),
    "sample-size-reestimation": Entry(
        "adaptive.reestimation_design:SampleSizeReestimation", "size changed at an interim look, unblinded"
    ),
    "blinded-reestimation": Entry("adaptive.blinded_design:BlindedReestimation", "size changed at a blinded look"),
    "predictive-probability-two-arm": Entry(
        "adaptive.predictive_design:PredictiveProbability", "two arms, stopped by predictive probability"
    ),
    "response-adaptive": Entry(
        "adaptive.response_adaptive_design:ResponseAdaptive", "allocation follows the responses"
    ),
}

# what people ask for that is not this engine's, each with what it must not be confused with
REFUSED: dict[str, str] = {
    "adaptive-enrichment": "adaptive enrichment changes the population at an interim look; it is not a plain "
    "group-sequential design, and its alpha is not controlled by one",
    "competing-risks": "competing risks need a cumulative-incidence or cause-specific model; plain survival formulas "
    "overstate the events",
    "cure-model": "a cured fraction breaks the proportional-hazards formulas; piecewise hazards of `survival` come "
    "nearest, with the late hazard near 0",
    "platform-trial": "a platform with arms that enter and leave needs a simulation of its own; `mams` has a fixed set "
    "of arms",
    "basket-trial": "borrowing between baskets needs a hierarchical model; design each basket with `simon`",
    "smart": "sequential multiple assignment (SMART) compares regimes, not arms",
    "stepped-wedge": "a stepped wedge needs the correlation over periods; `cluster-means` and its kin are parallel",
    "bayesian-borrowing": "borrowing from historical controls needs a prior to be agreed on; `assurance` averages "
    "power over a prior but does not borrow",
}


def endpoint_class(name: str) -> type[Endpoint]:
    """The endpoint of that name.

    Raises:
        OutOfScopeError: there is none; a refused one says why, others the nearest names.
    """
    if name not in ENDPOINTS:
        raise unknown(name, ENDPOINTS)
    found: type[Endpoint] = ENDPOINTS[name].load()
    return found


def design_class(name: str) -> type[Design]:
    """The design of that name, which is not a comparison.

    Raises:
        OutOfScopeError: as `endpoint_class`.
    """
    if name not in DESIGNS:
        raise unknown(name, DESIGNS)
    found: type[Design] = DESIGNS[name].load()
    return found


def unknown(name: str, among: dict[str, Entry] | None = None) -> OutOfScopeError:
    """The error for a name that is not offered."""
    known = list(among if among is not None else ENDPOINTS | DESIGNS)
    refused = get_close_matches(name, list(REFUSED), n=1, cutoff=0.75)
    if refused:
        return OutOfScopeError(f"{refused[0]}: {REFUSED[refused[0]]}", where="design", hint="It is not offered.")
    near = get_close_matches(name, known, n=3, cutoff=0.4)
    return OutOfScopeError(
        f"there is no design {name[:60]!r}",
        where="design",
        hint=f"Nearest: {', '.join(near)}." if near else "`benchside design --list` names all of them.",
    )
