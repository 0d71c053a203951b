"""Ligand efficiency and lipophilic ligand efficiency, with the censoring of the activity kept.

Sources: ligand efficiency, Hopkins, Groom & Alex, Drug Discov. Today 2004, 9, 430 (1.37 kcal/mol per unit of
    pActivity, at 300 K);
lipophilic ligand efficiency, Leeson & Springthorpe, Nat. Rev. Drug Discov. 2007, 6, 881.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

KCAL_PER_LOG_UNIT = 1.37

EFFICIENCY_OUTPUTS = ("ligand_efficiency", "lle", "efficiency_relation")


def efficiencies(
    activity_pvalue: pd.Series, heavy_atoms: pd.Series, logp: pd.Series, pvalue_relation: pd.Series | None = None
) -> pd.DataFrame:
    """Efficiencies of compounds with a measured activity.

    Args:
        activity_pvalue: n values of -log10 of the activity in mol/L.
        heavy_atoms: n counts of atoms other than hydrogen.
        logp: n Crippen logP values; they stand in for the measured logD.
        pvalue_relation: n relations of the pvalue ("<": it is an upper bound, as for a concentration above the
            value); all "=" by default.

    Returns:
        A frame with the index of `activity_pvalue`: `ligand_efficiency` in kcal/mol per heavy atom, `lle`,
        dimensionless, and `efficiency_relation`: "=" for values, "<" where both are upper bounds, ">" where they are
        lower bounds, "~" as given. Null where the activity or a property is missing, and for a compound without heavy
        atoms.
    """
    activity, atoms, lipophilicity = (
        values.to_numpy(dtype=np.float64, na_value=np.nan) for values in (activity_pvalue, heavy_atoms, logp)
    )
    index = activity_pvalue.index
    if pvalue_relation is None:
        relation = pd.Series("=", index=index, dtype="string")
    else:
        relation = pd.Series(pvalue_relation.to_numpy(), index=index, dtype="string").fillna("=")
    return pd.DataFrame(
        {
            "ligand_efficiency": pd.Series(
                KCAL_PER_LOG_UNIT * activity / np.where(atoms > 0, atoms, np.nan), index=index
            ),
            "lle": pd.Series(activity - lipophilicity, index=index),
            "efficiency_relation": relation.mask(np.isnan(activity)),
        }
    )
