"""Full citations of the dose-response and QT designs, by key."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "chow-2008-dose": (
        "Chow S-C, Shao J, Wang H. Sample Size Calculations in Clinical Research. 2nd ed. Boca Raton: Chapman & "
        "Hall/CRC; 2008. Chapters 11 (dose response) and 15 (QT/QTc studies)."
    ),
    "williams-1971": (
        "Williams DA. A test for differences between treatment means when several dose levels are compared with a zero "
        "dose control. Biometrics. 1971;27(1):103-117."
    ),
    "williams-1972": (
        "Williams DA. The comparison of several dose levels with a zero dose control. Biometrics. 1972;28(2):519-531."
    ),
    "spitzer-1956": (
        "Spitzer F. A combinatorial lemma and its application to probability theory. "
        "Transactions of the American Mathematical Society. 1956;82(2):323-339."
    ),
    "bretz-2005": (
        "Bretz F, Pinheiro JC, Branson M. Combining multiple comparisons and modeling techniques in dose-response "
        "studies. Biometrics. 2005;61(3):738-748."
    ),
    "pinheiro-2006": (
        "Pinheiro J, Bornkamp B, Bretz F. Design and analysis of dose-finding studies combining multiple comparisons "
        "and modeling procedures. Journal of Biopharmaceutical Statistics. 2006;16(5):639-656."
    ),
    "genz-bretz-2009": (
        "Genz A, Bretz F. Computation of Multivariate Normal and t Probabilities. Lecture Notes in Statistics 195. "
        "Berlin: Springer; 2009."
    ),
    "ich-e14-2005": (
        "ICH E14. The clinical evaluation of QT/QTc interval prolongation and proarrhythmic potential for "
        "non-antiarrhythmic drugs. International Conference on Harmonisation; 2005."
    ),
}
