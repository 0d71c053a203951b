"""Full citations of the group-sequential methods, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "armitage-1969": (
        "Armitage P, McPherson CK, Rowe BC. Repeated significance tests on accumulating data. "
        "Journal of the Royal Statistical Society A. 1969;132(2):235-244."
    ),
    "pocock-1977": (
        "Pocock SJ. Group sequential methods in the design and analysis of clinical trials. "
        "Biometrika. 1977;64(2):191-199."
    ),
    "obrien-fleming-1979": (
        "O'Brien PC, Fleming TR. A multiple testing procedure for clinical trials. Biometrics. 1979;35(3):549-556."
    ),
    "haybittle-1971": (
        "Haybittle JL. Repeated assessment of results in clinical trials of cancer treatment. "
        "British Journal of Radiology. 1971;44(526):793-797."
    ),
    "peto-1976": (
        "Peto R, Pike MC, Armitage P, et al. Design and analysis of randomized clinical trials requiring prolonged "
        "observation of each patient. I. Introduction and design. British Journal of Cancer. 1976;34(6):585-612."
    ),
    "wang-tsiatis-1987": (
        "Wang SK, Tsiatis AA. Approximately optimal one-parameter boundaries for group sequential trials. "
        "Biometrics. 1987;43(1):193-199."
    ),
    "lan-demets-1983": (
        "Lan KKG, DeMets DL. Discrete sequential boundaries for clinical trials. Biometrika. 1983;70(3):659-663."
    ),
    "lan-demets-1989": (
        "Lan KKG, DeMets DL. Changing frequency of interim analysis in sequential monitoring. "
        "Biometrics. 1989;45(3):1017-1020."
    ),
    "kim-demets-1987": (
        "Kim K, DeMets DL. Design and analysis of group sequential tests based on the type I error spending rate "
        "function. Biometrika. 1987;74(1):149-154."
    ),
    "hwang-1990": (
        "Hwang IK, Shih WJ, De Cani JS. Group sequential designs using a family of type I error probability spending "
        "functions. Statistics in Medicine. 1990;9(12):1439-1445."
    ),
    "anderson-clark-2010": (
        "Anderson KM, Clark JB. Fitting spending functions. Statistics in Medicine. 2010;29(3):321-327."
    ),
    "pampallona-2001": (
        "Pampallona S, Tsiatis AA, Kim K. Interim monitoring of group sequential trials using spending functions for "
        "the type I and type II error probabilities. Drug Information Journal. 2001;35(4):1113-1121."
    ),
    "jennison-turnbull-2000": (
        "Jennison C, Turnbull BW. Group Sequential Methods with Applications to Clinical Trials. "
        "Boca Raton: Chapman & Hall/CRC; 2000."
    ),
    "jennison-turnbull-1989": (
        "Jennison C, Turnbull BW. Interim analyses: the repeated confidence interval approach. "
        "Journal of the Royal Statistical Society B. 1989;51(3):305-334."
    ),
    "tsiatis-1984": (
        "Tsiatis AA, Rosner GL, Mehta CR. Exact confidence intervals following a group sequential test. "
        "Biometrics. 1984;40(3):797-803."
    ),
    "kim-1989": ("Kim K. Point estimation following group sequential tests. Biometrics. 1989;45(2):613-617."),
    "lan-wittes-1988": ("Lan KKG, Wittes J. The B-value: a tool for monitoring data. Biometrics. 1988;44(2):579-585."),
    "spiegelhalter-1986": (
        "Spiegelhalter DJ, Freedman LS, Blackburn PR. Monitoring clinical trials: conditional or predictive power? "
        "Controlled Clinical Trials. 1986;7(1):8-17."
    ),
    "proschan-2006": (
        "Proschan MA, Lan KKG, Wittes JT. Statistical Monitoring of Clinical Trials: A Unified Approach. "
        "New York: Springer; 2006."
    ),
    "wassmer-brannath-2016": (
        "Wassmer G, Brannath W. Group Sequential and Confirmatory Adaptive Designs in Clinical Trials. "
        "Cham: Springer; 2016."
    ),
}
