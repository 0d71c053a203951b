"""Works that the survival designs rest on, by the key that statistics and texts cite."""

REFERENCES: dict[str, str] = {
    "chow-shao-wang-2008": (
        "Chow SC, Shao J, Wang H. Sample Size Calculations in Clinical Research. 2nd ed. Chapman & Hall/CRC, 2008."
    ),
    "fleming-harrington-1991": "Fleming TR, Harrington DP. Counting Processes and Survival Analysis. Wiley, 1991.",
    "freedman-1982": (
        "Freedman LS. Tables of the number of patients required in clinical trials using the logrank test. Statistics "
        "in Medicine 1982;1:121-129."
    ),
    "karrison-2016": (
        "Karrison TG. Versatile tests for comparing survival curves based on weighted log-rank statistics. The Stata "
        "Journal 2016;16:678-690."
    ),
    "kim-tsiatis-1990": (
        "Kim K, Tsiatis AA. Study duration for clinical trials with survival response and early stopping rule. "
        "Biometrics 1990;46:81-92."
    ),
    "lachin-foulkes-1986": (
        "Lachin JM, Foulkes MA. Evaluation of sample size and power for analyses of survival with allowance for "
        "nonuniform patient entry, losses to follow-up, noncompliance, and stratification. Biometrics 1986;42:507-519."
    ),
    "lin-2020": (
        "Lin RS, Lin J, Roychoudhury S, et al. Alternative analysis methods for time to event endpoints under "
        "nonproportional hazards: a comparative analysis. Statistics in Biopharmaceutical Research 2020;12:187-198."
    ),
    "royston-parmar-2013": (
        "Royston P, Parmar MKB. Restricted mean survival time: an alternative to the hazard ratio for the design and "
        "analysis of randomized trials with a time-to-event outcome. BMC Medical Research Methodology 2013;13:152."
    ),
    "schoenfeld-1981": (
        "Schoenfeld D. The asymptotic properties of nonparametric tests for comparing survival distributions. "
        "Biometrika 1981;68:316-319."
    ),
    "schoenfeld-1983": (
        "Schoenfeld DA. Sample-size formula for the proportional-hazards regression model. Biometrics 1983;39:499-503."
    ),
    "tsiatis-1982": (
        "Tsiatis AA. Repeated significance testing for a general class of statistics used in censored survival "
        "analysis. Journal of the American Statistical Association 1982;77:855-861."
    ),
    "uno-2014": (
        "Uno H, Claggett B, Tian L, et al. Moving beyond the hazard ratio in quantifying the between-group difference "
        "in survival analysis. Journal of Clinical Oncology 2014;32:2380-2385."
    ),
    "yung-liu-2020": (
        "Yung G, Liu Y. Sample size and power for the weighted log-rank test and Kaplan-Meier based tests with "
        "allowance for nonproportional hazards. Biometrics 2020;76:939-950."
    ),
}
