"""Full citations of the cluster-randomised designs, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "donner-klar-2000": (
        "Donner A, Klar N. Design and Analysis of Cluster Randomization Trials in Health Research. "
        "London: Arnold; 2000."
    ),
    "mancl-derouen-2001": (
        "Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties. "
        "Biometrics. 2001;57(1):126-134."
    ),
    "hayes-bennett-1999": (
        "Hayes RJ, Bennett S. Simple sample size calculation for cluster-randomized trials. "
        "International Journal of Epidemiology. 1999;28(2):319-326."
    ),
    "eldridge-2006": (
        "Eldridge SM, Ashby D, Kerry S. Sample size for cluster randomized trials: effect of coefficient of variation "
        "of cluster size and analysis method. International Journal of Epidemiology. 2006;35(5):1292-1300."
    ),
    "van-breukelen-2007": (
        "van Breukelen GJP, Candel MJJM, Berger MPF. Relative efficiency of unequal versus equal cluster sizes in "
        "cluster randomized and multicentre trials. Statistics in Medicine. 2007;26(13):2589-2603."
    ),
    "ridout-1999": (
        "Ridout MS, Demetrio CGB, Firth D. Estimating intraclass correlation for binary data. "
        "Biometrics. 1999;55(1):137-148."
    ),
}
