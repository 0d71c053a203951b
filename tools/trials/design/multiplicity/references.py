"""Sources of the multiple testing procedures, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "bretz-2009": (
        "Bretz F, Maurer W, Brannath W, Posch M. A graphical approach to sequentially rejective multiple test "
        "procedures. Statistics in Medicine 2009; 28: 586-604."
    ),
    "bretz-2011": (
        "Bretz F, Posch M, Glimm E, Klinglmueller F, Maurer W, Rohmeyer K. Graphical approaches for multiple "
        "comparison procedures using weighted Bonferroni, Simes, or parametric tests. Biometrical Journal 2011; "
        "53: 894-913."
    ),
    "holm-1979": (
        "Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979; "
        "6: 65-70."
    ),
    "hochberg-1988": (
        "Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance. Biometrika 1988; 75: 800-802."
    ),
    "hommel-1988": (
        "Hommel G. A stagewise rejective multiple test procedure based on a modified Bonferroni test. Biometrika 1988; "
        "75: 383-386."
    ),
    "maurer-1995": (
        "Maurer W, Hothorn LA, Lehmacher W. Multiple comparisons in drug clinical trials and preclinical assays: "
        "a-priori ordered hypotheses. In: Vollmar J, ed. Biometrie in der chemisch-pharmazeutischen Industrie 6. "
        "Stuttgart: Gustav Fischer, 1995: 3-18."
    ),
    "wiens-2003": (
        "Wiens BL. A fixed sequence Bonferroni procedure for testing multiple endpoints. Pharmaceutical Statistics "
        "2003; 2: 211-215."
    ),
    "dmitrienko-2003": (
        "Dmitrienko A, Offen WW, Westfall PH. Gatekeeping strategies for clinical trials that do not require all "
        "primary effects to be significant. Statistics in Medicine 2003; 22: 2387-2400."
    ),
    "marcus-1976": (
        "Marcus R, Peritz E, Gabriel KR. On closed testing procedures with special reference to ordered analysis of "
        "variance. Biometrika 1976; 63: 655-660."
    ),
}
