"""Literature that the binary endpoints rest on."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "farrington-manning-1990": "Farrington CP, Manning G. Test statistics and sample size formulae for comparative "
    "binomial trials with null hypothesis of non-zero risk difference or non-unity relative risk. Statistics in "
    "Medicine 1990;9:1447-1454.",
    "miettinen-nurminen-1985": "Miettinen O, Nurminen M. Comparative analysis of two rates. Statistics in Medicine "
    "1985;4:213-226.",
    "fleiss-tytun-ury-1980": "Fleiss JL, Tytun A, Ury HK. A simple approximation for calculating sample sizes for "
    "comparing independent proportions. Biometrics 1980;36:343-346.",
    "casagrande-pike-smith-1978": "Casagrande JT, Pike MC, Smith PG. An improved approximate formula for calculating "
    "sample sizes for comparing two binomial distributions. Biometrics 1978;34:483-486.",
    "fisher-1935": "Fisher RA. The logic of inductive inference. Journal of the Royal Statistical Society "
    "1935;98:39-54.",
    "gail-gart-1973": "Gail M, Gart JJ. The determination of sample sizes for use with the exact conditional test in "
    "2 x 2 comparative trials. Biometrics 1973;29:441-448.",
    "lachin-2011": "Lachin JM. Biostatistical Methods: The Assessment of Relative Risks. 2nd ed. Hoboken: Wiley; 2011.",
    "cohen-1988": "Cohen J. Statistical Power Analysis for the Behavioral Sciences. 2nd ed. Hillsdale: Lawrence "
    "Erlbaum; 1988.",
    "connett-smith-mchugh-1987": "Connett JE, Smith JA, McHugh RB. Sample size and power for pair-matched "
    "case-control studies. Statistics in Medicine 1987;6:53-59.",
    "tango-1998": "Tango T. Equivalence test and confidence interval for the difference in proportions for the "
    "paired-sample design. Statistics in Medicine 1998;17:891-908.",
    "nam-1997": "Nam J. Establishing equivalence of two treatments and sample size requirements in matched-pairs "
    "design. Biometrics 1997;53:1422-1430.",
    "chernick-liu-2002": "Chernick MR, Liu CY. The saw-toothed behavior of power versus sample size and software "
    "solutions: single binomial proportion using exact methods. The American Statistician 2002;56:149-155.",
}
