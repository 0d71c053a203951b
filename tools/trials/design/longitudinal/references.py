"""Full citations of the longitudinal designs, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "frison-pocock-1992": (
        "Frison L, Pocock SJ. Repeated measures in clinical trials: analysis using mean summary statistics and its "
        "implications for design. Statistics in Medicine. 1992;11(13):1685-1704."
    ),
    "borm-2007": (
        "Borm GF, Fransen J, Lemmens WAJG. A simple sample size formula for analysis of covariance in randomized "
        "clinical trials. Journal of Clinical Epidemiology. 2007;60(12):1234-1238."
    ),
    "shieh-2020": (
        "Shieh G. Power analysis and sample size planning in ANCOVA designs. Psychometrika. 2020;85(1):101-120."
    ),
    "lu-2008": (
        "Lu K, Luo X, Chen P-Y. Sample size estimation for repeated measures analysis in randomized clinical trials "
        "with missing data. International Journal of Biostatistics. 2008;4(1):9."
    ),
    "anderson-1957": (
        "Anderson TW. Maximum likelihood estimates for a multivariate normal distribution when some observations are "
        "missing. Journal of the American Statistical Association. 1957;52(278):200-203."
    ),
    "diggle-2002": (
        "Diggle PJ, Heagerty P, Liang K-Y, Zeger SL. Analysis of Longitudinal Data. 2nd ed. Oxford: Oxford University "
        "Press; 2002. Section 2.4."
    ),
    "liu-liang-1997": (
        "Liu G, Liang K-Y. Sample size calculations for studies with correlated observations. "
        "Biometrics. 1997;53(3):937-947."
    ),
    "ard-edland-2011": (
        "Ard MC, Edland SD. Power calculations for clinical trials in Alzheimer's disease. "
        "Journal of Alzheimer's Disease. 2011;26(Suppl 3):369-377."
    ),
}
