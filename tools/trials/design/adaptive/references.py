"""Full citations of the adaptive methods, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "bauer-1994": (
        "Bauer P, Köhne K. Evaluation of experiments with adaptive interim analyses. Biometrics. 1994;50(4):1029-1041."
    ),
    "bauer-kieser-1999": (
        "Bauer P, Kieser M. Combining different phases in the development of medical treatments within a single trial. "
        "Statistics in Medicine. 1999;18(14):1833-1848."
    ),
    "brannath-2002": (
        "Brannath W, Posch M, Bauer P. Recursive combination tests. "
        "Journal of the American Statistical Association. 2002;97(457):236-244."
    ),
    "chen-2004": (
        "Chen YHJ, DeMets DL, Lan KKG. Increasing the sample size when the unblinded interim result is promising. "
        "Statistics in Medicine. 2004;23(7):1023-1038."
    ),
    "cui-1999": (
        "Cui L, Hung HMJ, Wang SJ. Modification of sample size in group sequential clinical trials. "
        "Biometrics. 1999;55(3):853-857."
    ),
    "dunnett-1955": (
        "Dunnett CW. A multiple comparison procedure for comparing several treatments with a control. "
        "Journal of the American Statistical Association. 1955;50(272):1096-1121."
    ),
    "dunnett-1964": ("Dunnett CW. New tables for multiple comparisons with a control. Biometrics. 1964;20(3):482-491."),
    "friede-2004": (
        "Friede T, Kieser M. Sample size recalculation for binary data in internal pilot study designs. "
        "Pharmaceutical Statistics. 2004;3(4):269-279."
    ),
    "gould-1992": (
        "Gould AL. Interim analyses for monitoring clinical trials that do not materially affect the type I error "
        "rate. Statistics in Medicine. 1992;11(1):55-66."
    ),
    "hu-zhang-2004": (
        "Hu F, Zhang LX. Asymptotic properties of doubly adaptive biased coin designs for multitreatment clinical "
        "trials. Annals of Statistics. 2004;32(1):268-301."
    ),
    "jaki-2019": (
        "Jaki T, Pallmann P, Magirr D. The R package MAMS for designing multi-arm multi-stage clinical trials. "
        "Journal of Statistical Software. 2019;88(4):1-25."
    ),
    "kieser-2003": (
        "Kieser M, Friede T. Simple procedures for blinded sample size adjustment that do not affect the type I error "
        "rate. Statistics in Medicine. 2003;22(23):3571-3581."
    ),
    "lee-liu-2008": (
        "Lee JJ, Liu DD. A predictive probability design for phase II cancer clinical trials. "
        "Clinical Trials. 2008;5(2):93-106."
    ),
    "lehmacher-1999": (
        "Lehmacher W, Wassmer G. Adaptive sample size calculations in group sequential trials. "
        "Biometrics. 1999;55(4):1286-1290."
    ),
    "magirr-2012": (
        "Magirr D, Jaki T, Whitehead J. A generalized Dunnett test for multi-arm multi-stage clinical studies with "
        "treatment selection. Biometrika. 2012;99(2):494-501."
    ),
    "mehta-2011": (
        "Mehta CR, Pocock SJ. Adaptive increase in sample size when interim results are promising: a practical guide "
        "with examples. Statistics in Medicine. 2011;30(28):3267-3284."
    ),
    "muller-schafer-2001": (
        "Müller HH, Schäfer H. Adaptive group sequential designs for clinical trials: combining the advantages of "
        "adaptive and of classical group sequential approaches. Biometrics. 2001;57(3):886-891."
    ),
    "ohagan-2005": (
        "O'Hagan A, Stevens JW, Campbell MJ. Assurance in clinical trial design. "
        "Pharmaceutical Statistics. 2005;4(3):187-201."
    ),
    "posch-2005": (
        "Posch M, Koenig F, Branson M, Brannath W, Dunger-Baldauf C, Bauer P. Testing and estimation in flexible group "
        "sequential designs with adaptive treatment selection. Statistics in Medicine. 2005;24(24):3697-3714."
    ),
    "rosenberger-2001": (
        "Rosenberger WF, Stallard N, Ivanova A, Harper CN, Ricks ML. Optimal adaptive designs for binary response "
        "trials. Biometrics. 2001;57(3):909-913."
    ),
    "spiegelhalter-1986": (
        "Spiegelhalter DJ, Freedman LS, Blackburn PR. Monitoring clinical trials: conditional or predictive power? "
        "Controlled Clinical Trials. 1986;7(1):8-17."
    ),
    "thall-1989": (
        "Thall PF, Simon R, Ellenberg SS. A two-stage design for choosing among several experimental treatments and a "
        "control in clinical trials. Biometrics. 1989;45(2):537-547."
    ),
    "thall-wathen-2007": (
        "Thall PF, Wathen JK. Practical Bayesian adaptive randomisation in clinical trials. "
        "European Journal of Cancer. 2007;43(5):859-866."
    ),
    "thompson-1933": (
        "Thompson WR. On the likelihood that one unknown probability exceeds another in view of the evidence of two "
        "samples. Biometrika. 1933;25(3/4):285-294."
    ),
    "wason-2017": (
        "Wason J, Stallard N, Bowden J, Jennison C. A multi-stage drop-the-losers design for multi-arm clinical "
        "trials. Statistical Methods in Medical Research. 2017;26(1):508-524."
    ),
    "wassmer-1999": (
        "Wassmer G. Multistage adaptive test procedures based on Fisher's product criterion. "
        "Biometrical Journal. 1999;41(3):279-293."
    ),
    "wei-durham-1978": (
        "Wei LJ, Durham S. The randomized play-the-winner rule in medical trials. "
        "Journal of the American Statistical Association. 1978;73(364):840-843."
    ),
}
