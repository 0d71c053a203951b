"""Literature that the count endpoints rest on."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "zhu-lakkis-2014": "Zhu H, Lakkis H. Sample size calculation for comparing two negative binomial rates. Statistics "
    "in Medicine 2014;33:376-387.",
    "zhu-2017": "Zhu H. Sample size calculation for comparing two Poisson or negative binomial rates in noninferiority "
    "or equivalence trials. Statistics in Biopharmaceutical Research 2017;9:107-115.",
    "gu-ng-tang-schucany-2008": "Gu K, Ng HKT, Tang ML, Schucany WR. Testing the ratio of two Poisson rates. "
    "Biometrical Journal 2008;50:283-298.",
    "przyborowski-wilenski-1940": "Przyborowski J, Wilenski H. Homogeneity of results in testing samples from Poisson "
    "series. Biometrika 1940;31:313-323.",
    "lawless-nadeau-1995": "Lawless JF, Nadeau C. Some simple robust methods for the analysis of recurrent events. "
    "Technometrics 1995;37:158-168.",
    "lin-wei-yang-ying-2000": "Lin DY, Wei LJ, Yang I, Ying Z. Semiparametric regression for the mean and rate "
    "functions of recurrent events. Journal of the Royal Statistical Society, Series B 2000;62:711-730.",
    "tang-2015": "Tang Y. Sample size estimation for negative binomial regression comparing rates of recurrent events "
    "with unequal follow-up time. Journal of Biopharmaceutical Statistics 2015;25:1100-1113.",
    "mutze-2019": "Mütze T, Glimm E, Schmidli H, Friede T. Group sequential designs for negative binomial outcomes. "
    "Statistical Methods in Medical Research 2019;28:2326-2347.",
}
