"""ADMET predictions of admet-ai's own class against ours: same values, fewer CPU seconds.

    python benchmarks/admet.py LIBRARY [ROWS]

LIBRARY is a CSV file (.gz allowed) with a SMILES column; the first ROWS rows are used (256 by default). admet-ai is
timed twice: bare, and as its default does it, with physicochemical properties and percentiles among approved drugs.
Times are of the process's CPU on one thread, without imports and loading. The run fails if a prediction differs by more
than 1e-5 of one plus its size.
"""

from __future__ import annotations

import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from properties import read_smiles

from benchside.tools.chemistry.admet import admet_model, percentiles
from benchside.tools.chemistry.admet_endpoints import endpoints

TOLERANCE = 1e-5


def timed(predict: Any, smiles: list[str]) -> tuple[float, pd.DataFrame]:
    """CPU seconds of a call, and what it gave; the first call on a few molecules is not timed."""
    predict(smiles[:2])
    start = time.process_time()
    frame = predict(smiles)
    return time.process_time() - start, frame


def main(arguments: list[str]) -> int:
    """Run the comparison, print it, and return 1 if a prediction differs."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    path = Path(arguments[0])
    smiles = read_smiles(path, int(arguments[1]) if len(arguments) > 1 else 256)
    if len(smiles) % 64 == 1:
        smiles.pop()  # admet-ai drops a last batch of one molecule, and then fails on the length
    model = admet_model()
    ours, mine = timed(model.predict, smiles)
    ranked, _ = timed(lambda given: percentiles(model.predict(given)), smiles)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        from admet_ai import ADMETModel

        bare, theirs = timed(ADMETModel(include_physchem=False, drugbank_path=None, num_workers=0).predict, smiles)
        default, _ = timed(ADMETModel(num_workers=0).predict, smiles)
    count = len(smiles)
    print(f"{count} molecules of {path.name}, CPU ms per molecule")
    print(f"admet-ai, bare               {bare / count * 1e3:8.2f}")
    print(f"ours, with spreads           {ours / count * 1e3:8.2f}   ratio {bare / ours:.2f}")
    print(f"admet-ai, default            {default / count * 1e3:8.2f}")
    print(f"ours, spreads, percentiles   {ranked / count * 1e3:8.2f}   ratio {default / ranked:.2f}")
    names = list(endpoints())
    expected = theirs[names].to_numpy(dtype=np.float64)
    excess = np.abs(mine[names].to_numpy() - expected) / (1 + np.abs(expected))
    print(f"largest difference, relative to 1 + size: {excess.max():.1e}")
    return 1 if excess.max() > TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
