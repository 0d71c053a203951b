"""Predicted absorption, distribution, metabolism, excretion and toxicity: the 41 endpoints of admet-ai.

Source: Swanson et al., ADMET-AI, Bioinformatics 2024, 40, btae416: two ensembles of five message-passing networks
    (chemprop), with the
weights that the installed admet-ai package ships. They are run here directly: molecules are turned into graphs once
for all ten networks, nothing is printed, and a row that cannot be predicted stays in the table as nulls. Predictions
equal those of admet_ai.ADMETModel within rounding of single precision.

What the values are worth stands in `benchside.tools.chemistry.admet_endpoints`: unit, direction and measured quality
of each endpoint, and which are weak or unreliable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from torch.nn.functional import linear, relu

from benchside.tools.chemistry.admet_endpoints import PackageDataError, admet_ai_folder, endpoints
from benchside.tools.chemistry.admet_graphs import ATOM_FEATURES, BOND_FEATURES, GraphBatch, graph_batch

BATCH_SIZE = 64

_ENSEMBLES = ("admet_classification", "admet_regression")
_MESSAGE_PASSING = {
    "d_v": ATOM_FEATURES,
    "d_e": BOND_FEATURES,
    "bias": False,
    "undirected": False,
    "d_vd": 0,
    "V_d_transform": None,
    "activation": "ReLU",
    "cls": "BondMessagePassing",
}
_AGGREGATION = {"cls": "NormAggregation", "dim": 0}
_PREDICTOR = {"n_layers": 1, "activation": "ReLU"}


@dataclass(frozen=True, slots=True)
class _Network:
    """One message-passing network: its weights, and how it turns its last layer into values."""

    tasks: tuple[str, ...]
    depth: int
    norm: float
    into: torch.Tensor
    hidden: torch.Tensor
    out: torch.Tensor
    out_bias: torch.Tensor
    first: torch.Tensor
    first_bias: torch.Tensor
    second: torch.Tensor
    second_bias: torch.Tensor
    scale: torch.Tensor | None
    mean: torch.Tensor | None

    def __call__(self, graph: GraphBatch) -> torch.Tensor:
        """Predictions, shape (molecules, tasks)."""
        start = linear(graph.bonds, self.into)
        message = relu(start)
        for _ in range(1, self.depth):
            message = relu(linear(graph.into_bond.sums(message), self.hidden).add_(start))
        gathered = torch.cat([graph.atoms, graph.into_atom.sums(message)], dim=1)
        atoms = relu(linear(gathered, self.out, self.out_bias))
        molecules = graph.into_molecule.sums(atoms) / self.norm
        layer = relu(linear(molecules, self.first, self.first_bias))
        values = linear(layer, self.second, self.second_bias)
        if self.scale is None or self.mean is None:
            return values.sigmoid()
        return values * self.scale + self.mean


class AdmetModel:
    """The ten networks of admet-ai, loaded once.

    Args:
        threads: CPU threads used while predicting; torch's own setting by default.

    Raises:
        PackageDataError: admet-ai is missing, or ships networks of another kind than this module runs.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads
        folder = admet_ai_folder() / "resources" / "models"
        self._ensembles = [[_load(path) for path in _weights(folder / name)] for name in _ENSEMBLES]
        tasks = {task for ensemble in self._ensembles for task in ensemble[0].tasks}
        if tasks != set(endpoints()):
            raise PackageDataError("the ADMET networks predict other endpoints than listed.", where=str(folder))

    def predict(self, molecules: Sequence[str | Chem.Mol | None], *, batch_size: int = BATCH_SIZE) -> pd.DataFrame:
        """Predictions of all endpoints.

        Args:
            molecules: n SMILES or molecules; what cannot be parsed, has no atoms or is None gives a row of nulls.
            batch_size: molecules a batch. Composition and size of batches change values by rounding of single
                precision only.

        Returns:
            A frame of n rows, index 0 to n-1: for each endpoint `<id>`, the mean over the five networks, in the unit
            of the endpoint (classifications: probability 0 to 1), and `<id>_spread`, their standard deviation (n -
            1), which measures how much the networks disagree and is not an error bar.
        """
        mols = [_molecule(molecule) for molecule in molecules]
        usable = [row for row, mol in enumerate(mols) if mol is not None]
        names = list(endpoints())
        means = np.full((len(mols), len(names)), np.nan)
        spreads = np.full((len(mols), len(names)), np.nan)
        with torch.inference_mode(), _threads(self._threads):
            for first in range(0, len(usable), batch_size):
                rows = usable[first : first + batch_size]
                graph = graph_batch([mol for mol in (mols[row] for row in rows) if mol is not None])
                for ensemble in self._ensembles:
                    values = np.stack([network(graph).numpy() for network in ensemble]).astype(np.float64)
                    at = [names.index(task) for task in ensemble[0].tasks]
                    means[np.ix_(rows, at)] = values.mean(axis=0)
                    spreads[np.ix_(rows, at)] = values.std(axis=0, ddof=1)
        made: dict[str, NDArray[np.float64]] = {}
        for position, name in enumerate(names):
            made[name] = means[:, position]
            made[f"{name}_spread"] = spreads[:, position]
        return pd.DataFrame(made, index=pd.RangeIndex(len(mols)))


@cache
def admet_model(threads: int | None = None) -> AdmetModel:
    """The model of this process, loaded at the first call."""
    return AdmetModel(threads)


def percentiles(frame: pd.DataFrame) -> pd.DataFrame:
    """Where predictions stand among those of the approved drugs of admet-ai's table.

    Args:
        frame: n rows with endpoint columns, as `AdmetModel.predict` gives them; other columns are left out.

    Returns:
        A frame with the index of `frame` and `<id>_approved_percentile`, 0 to 100: the share of approved drugs with a
        lower predicted value, ties counted half. Null where the value is.
    """
    known = _approved_values()
    return pd.DataFrame(
        {
            f"{name}_approved_percentile": _percentile(known[name], frame[name].to_numpy(dtype=np.float64))
            for name in endpoints()
            if name in frame.columns
        },
        index=frame.index,
    )


def _percentile(ordered: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    lower = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    # The definition of scipy.stats.percentileofscore(kind="rank"), which admet-ai uses.
    found = (lower + upto + (lower < upto)) * (50.0 / len(ordered))
    return np.where(np.isnan(values), np.nan, found)


@cache
def _approved_values() -> dict[str, NDArray[np.float64]]:
    path = admet_ai_folder() / "resources" / "data" / "drugbank_approved.csv"
    table = pd.read_csv(path, usecols=list(endpoints()))
    return {name: np.sort(table[name].to_numpy(dtype=np.float64)) for name in endpoints()}


def _molecule(given: str | Chem.Mol | None) -> Chem.Mol | None:
    if isinstance(given, str):
        with rdBase.BlockLogs():
            given = Chem.MolFromSmiles(given)
    return given if given is not None and given.GetNumAtoms() else None


@contextmanager
def _threads(wanted: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if wanted is not None:
        torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _weights(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.pt"))
    if not found:
        raise PackageDataError("admet-ai's networks are missing.", where=str(folder), hint="Reinstall admet-ai>=2,<3.")
    return found


class _Named:
    """Stands in for a class of chemprop or lightning that a checkpoint names: only its name is of interest."""

    def __new__(cls, *_: Any) -> Self:
        return super().__new__(cls)


def _load(path: Path) -> _Network:
    """Read a checkpoint as data: torch.load with weights_only, in which no code of the file runs.

    The checkpoint also pickles classes of chemprop, lightning and torchmetrics; empty stand-ins are all that is
    needed of them.
    """
    foreign = [
        name for name in torch.serialization.get_unsafe_globals_in_checkpoint(path) if not name.startswith("torch.")
    ]
    stand_ins: list[Any] = [
        (dict if name.endswith(".AttributeDict") else type(name.rpartition(".")[2], (_Named,), {}), name)
        for name in foreign
    ]
    with torch.serialization.safe_globals([*stand_ins, torch.nn.ReLU, torch.nn.Identity]):
        kept = torch.load(path, map_location="cpu", weights_only=True)
    settings, weights = kept["hyper_parameters"], kept["state_dict"]
    _check(path, settings["message_passing"], _MESSAGE_PASSING)
    _check(path, settings["agg"], _AGGREGATION)
    _check(path, settings["predictor"], _PREDICTOR)
    if settings["batch_norm"] or settings["X_d_transform"] is not None:
        raise _other_kind(path, "batch norm or extra descriptors")
    regression = settings["predictor"]["cls"].__name__ == "RegressionFFN"
    return _Network(
        tasks=tuple(kept["output_columns"]),
        depth=int(settings["message_passing"]["depth"]),
        norm=float(settings["agg"]["norm"]),
        into=weights["message_passing.W_i.weight"],
        hidden=weights["message_passing.W_h.weight"],
        out=weights["message_passing.W_o.weight"],
        out_bias=weights["message_passing.W_o.bias"],
        first=weights["predictor.ffn.0.0.weight"],
        first_bias=weights["predictor.ffn.0.0.bias"],
        second=weights["predictor.ffn.1.2.weight"],
        second_bias=weights["predictor.ffn.1.2.bias"],
        scale=weights["predictor.output_transform.scale"] if regression else None,
        mean=weights["predictor.output_transform.mean"] if regression else None,
    )


def _check(path: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, value in expected.items():
        given = found.get(name)
        if isinstance(value, str):
            given = given.__name__ if isinstance(given, type) else type(given).__name__
        if given != value:
            raise _other_kind(path, f"{name} is {given!r}, not {value!r}")


def _other_kind(path: Path, what: str) -> PackageDataError:
    return PackageDataError(
        f"admet-ai ships a network of another kind ({what}).", where=str(path), hint="Install admet-ai>=2,<3."
    )
