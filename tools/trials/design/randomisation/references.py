"""Sources of the randomisation methods, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "efron-1971": "Efron B. Forcing a sequential experiment to be balanced. Biometrika 1971; 58: 403-417.",
    "wei-1978": (
        "Wei LJ. The adaptive biased coin design for sequential experiments. Annals of Statistics 1978; 6: 92-100."
    ),
    "soares-wu-1983": (
        "Soares JF, Wu CFJ. Some restricted randomization rules in sequential designs. Communications in Statistics: "
        "Theory and Methods 1983; 12: 2017-2034."
    ),
    "pocock-simon-1975": (
        "Pocock SJ, Simon R. Sequential treatment assignment with balancing for prognostic factors in the controlled "
        "clinical trial. Biometrics 1975; 31: 103-115."
    ),
    "han-2009": (
        "Han B, Enas NH, McEntegart D. Randomization by minimization for unbalanced treatment allocation. "
        "Statistics in Medicine 2009; 28: 3329-3346."
    ),
    "blackwell-hodges-1957": (
        "Blackwell D, Hodges JL. Design for the control of selection bias. Annals of Mathematical Statistics 1957; "
        "28: 449-460."
    ),
    "zelen-1974": (
        "Zelen M. The randomization and stratification of patients to clinical trials. Journal of Chronic Diseases "
        "1974; 27: 365-375."
    ),
}
