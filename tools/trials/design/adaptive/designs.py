"""The adaptive designs by their kinds."""

from __future__ import annotations

from benchside.tools.trials.design.adaptive.blinded_design import BlindedReestimation
from benchside.tools.trials.design.adaptive.combination_design import CombinationDesign
from benchside.tools.trials.design.adaptive.drop_losers_design import DropTheLosers
from benchside.tools.trials.design.adaptive.dunnett_design import Dunnett
from benchside.tools.trials.design.adaptive.mams_design import MultiArmMultiStage
from benchside.tools.trials.design.adaptive.predictive_design import PredictiveProbability
from benchside.tools.trials.design.adaptive.reestimation_design import SampleSizeReestimation
from benchside.tools.trials.design.adaptive.response_adaptive_design import ResponseAdaptive
from benchside.tools.trials.design.adaptive.seamless_design import SeamlessSelection
from benchside.tools.trials.design.base import Design

DESIGNS: dict[str, type[Design]] = {
    "combination-test": CombinationDesign,
    "sample-size-reestimation": SampleSizeReestimation,
    "blinded-reestimation": BlindedReestimation,
    "mams": MultiArmMultiStage,
    "dunnett": Dunnett,
    "seamless-selection": SeamlessSelection,
    "drop-the-losers": DropTheLosers,
    "response-adaptive": ResponseAdaptive,
    "predictive-probability-two-arm": PredictiveProbability,
}
