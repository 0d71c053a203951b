"""Sources of the single-arm designs, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "simon-1989": (
        "Simon R. Optimal two-stage designs for phase II clinical trials. Controlled Clinical Trials 1989; 10: 1-10."
    ),
    "jung-2004": (
        "Jung S-H, Lee T, Kim KM, George SL. Admissible two-stage designs for phase II cancer clinical trials. "
        "Statistics in Medicine 2004; 23: 561-569."
    ),
    "jung-kim-2004": (
        "Jung S-H, Kim KM. On the estimation of the binomial probability in multistage clinical trials. "
        "Statistics in Medicine 2004; 23: 881-896."
    ),
    "jung-2006": (
        "Jung S-H, Owzar K, George SL, Lee T. P-value calculation for multistage phase II cancer clinical trials. "
        "Journal of Biopharmaceutical Statistics 2006; 16: 765-775."
    ),
    "koyama-2008": (
        "Koyama T, Chen H. Proper inference from Simon's two-stage designs. Statistics in Medicine 2008; 27: 3145-3154."
    ),
    "ahern-2001": (
        "A'Hern RP. Sample size tables for exact single-stage phase II designs. "
        "Statistics in Medicine 2001; 20: 859-866."
    ),
    "fleming-1982": (
        "Fleming TR. One-sample multiple testing procedure for phase II clinical trials. Biometrics 1982; 38: 143-151."
    ),
    "bryant-day-1995": (
        "Bryant J, Day R. Incorporating toxicity considerations into the design of two-stage phase II clinical trials. "
        "Biometrics 1995; 51: 1372-1383."
    ),
    "lee-liu-2008": (
        "Lee JJ, Liu DD. A predictive probability design for phase II cancer clinical trials. "
        "Clinical Trials. 2008;5(2):93-106."
    ),
}
