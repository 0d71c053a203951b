"""Sources of the designs for continuous outcomes, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "chow-2003": (
        "Chow SC, Shao J, Wang H. Sample Size Calculations in Clinical Research. New York: Marcel Dekker, 2003."
    ),
    "julious-2004": (
        "Julious SA. Tutorial in biostatistics: sample sizes for clinical trials with normal data. "
        "Statistics in Medicine 2004; 23: 1921-1986."
    ),
    "owen-1965": ("Owen DB. A special case of a bivariate non-central t-distribution. Biometrika 1965; 52: 437-446."),
    "owen-1956": (
        "Owen DB. Tables for computing bivariate normal probabilities. "
        "Annals of Mathematical Statistics 1956; 27: 1075-1090."
    ),
    "welch-1947": (
        "Welch BL. The generalization of Student's problem when several different population variances are involved. "
        "Biometrika 1947; 34: 28-35."
    ),
    "schuirmann-1987": (
        "Schuirmann DJ. A comparison of the two one-sided tests procedure and the power approach for assessing the "
        "equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 1987; 15: 657-680."
    ),
    "phillips-1990": (
        "Phillips KF. Power of the two one-sided tests procedure in bioequivalence. "
        "Journal of Pharmacokinetics and Biopharmaceutics 1990; 18: 137-144."
    ),
    "diletti-1991": (
        "Diletti E, Hauschke D, Steinijans VW. Sample size determination for bioequivalence assessment by means of "
        "confidence intervals. International Journal of Clinical Pharmacology, Therapy and Toxicology 1991; 29: 1-8."
    ),
    "chen-1997": (
        "Chen KW, Chow SC, Li G. A note on sample size determination for bioequivalence studies with higher-order "
        "crossover designs. Journal of Pharmacokinetics and Biopharmaceutics 1997; 25: 753-765."
    ),
    "senn-2002": "Senn S. Cross-over Trials in Clinical Research. 2nd edition. Chichester: Wiley, 2002.",
    "williams-1949": (
        "Williams EJ. Experimental designs balanced for the estimation of residual effects of treatments. "
        "Australian Journal of Scientific Research A 1949; 2: 149-168."
    ),
    "fieller-1954": (
        "Fieller EC. Some problems in interval estimation. "
        "Journal of the Royal Statistical Society B 1954; 16: 175-185."
    ),
    "sasabuchi-1980": (
        "Sasabuchi S. A test of a multivariate normal mean with composite hypotheses determined by linear "
        "inequalities. Biometrika 1980; 67: 429-439."
    ),
    "hauschke-1999": (
        "Hauschke D, Kieser M, Diletti E, Burke M. Sample size determination for proving equivalence based on the "
        "ratio of two means for normally distributed data. Statistics in Medicine 1999; 18: 93-105."
    ),
    "noether-1987": (
        "Noether GE. Sample size determination for some common nonparametric tests. "
        "Journal of the American Statistical Association 1987; 82: 645-647."
    ),
    "mann-whitney-1947": (
        "Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically larger than the "
        "other. Annals of Mathematical Statistics 1947; 18: 50-60."
    ),
    "lehmann-1975": "Lehmann EL. Nonparametrics: Statistical Methods Based on Ranks. San Francisco: Holden-Day, 1975.",
    "tothfalusi-2012": (
        "Tóthfalusi L, Endrényi L. Sample sizes for designing bioequivalence studies for highly variable drugs. "
        "Journal of Pharmacy and Pharmaceutical Sciences 2012; 15: 73-84."
    ),
    "ema-2010": (
        "European Medicines Agency, Committee for Medicinal Products for Human Use. Guideline on the investigation of "
        "bioequivalence. CPMP/EWP/QWP/1401/98 Rev. 1. London, 2010."
    ),
    "fda-2011": (
        "Food and Drug Administration, Office of Generic Drugs. Draft guidance on progesterone. "
        "Silver Spring, 2010, revised 2011."
    ),
    "haidar-2008": (
        "Haidar SH, Davit B, Chen ML, et al. Bioequivalence approaches for highly variable drugs and drug products. "
        "Pharmaceutical Research 2008; 25: 237-241."
    ),
    "hyslop-2000": (
        "Hyslop T, Hsuan F, Holder DJ. A small sample confidence interval approach to assess individual "
        "bioequivalence. Statistics in Medicine 2000; 19: 2885-2897."
    ),
}
