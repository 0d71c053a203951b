"""The papers behind the dose-finding designs."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "storer-1989": "Storer BE (1989). Design and analysis of phase I clinical trials. Biometrics 45, 925-937.",
    "lin-shih-2001": "Lin Y, Shih WJ (2001). Statistical properties of the traditional algorithm-based designs for "
    "phase I cancer clinical trials. Biostatistics 2, 203-215.",
    "ji-2010": "Ji Y, Liu P, Li Y, Bekele BN (2010). A modified toxicity probability interval method for dose-finding "
    "trials. Clinical Trials 7, 653-663.",
    "guo-2017": "Guo W, Wang SJ, Yang S, Lynn H, Ji Y (2017). A Bayesian interval dose-finding design addressing "
    "Ockham's razor: mTPI-2. Contemporary Clinical Trials 58, 23-33.",
    "liu-yuan-2015": "Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of "
    "the Royal Statistical Society C 64, 507-523.",
    "yuan-2016": "Yuan Y, Hess KR, Hilsenbeck SG, Gilbert MR (2016). Bayesian optimal interval design: a simple and "
    "well-performing design for phase I oncology trials. Clinical Cancer Research 22, 4291-4301.",
    "yuan-2018": "Yuan Y, Lin R, Li D, Nie L, Warren KE (2018). Time-to-event Bayesian optimal interval design to "
    "accelerate phase I trials. Clinical Cancer Research 24, 4921-4930.",
    "lin-boin12-2020": "Lin R, Zhou Y, Yan F, Li D, Yuan Y (2020). BOIN12: Bayesian optimal interval phase I/II trial "
    "design for utility-based dose finding in immunotherapy and targeted therapies. JCO Precision Oncology 4, "
    "1393-1402.",
    "oquigley-1990": "O'Quigley J, Pepe M, Fisher L (1990). Continual reassessment method: a practical design for "
    "phase 1 clinical trials in cancer. Biometrics 46, 33-48.",
    "lee-cheung-2009": "Lee SM, Cheung YK (2009). Model calibration in the continual reassessment method. Clinical "
    "Trials 6, 227-238.",
    "cheung-2011": "Cheung YK (2011). Dose Finding by the Continual Reassessment Method. Chapman & Hall/CRC.",
    "yap-2017": "Yap C, Billingham LJ, Cheung YK, Craddock C, O'Quigley J (2017). Dose transition pathways: the "
    "missing link between complex dose-finding designs and simple decision-making. Clinical Cancer Research 23, "
    "7440-7447.",
    "babb-1998": "Babb J, Rogatko A, Zacks S (1998). Cancer phase I clinical trials: efficient dose escalation with "
    "overdose control. Statistics in Medicine 17, 1103-1120.",
    "neuenschwander-2008": "Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach "
    "to phase I cancer trials. Statistics in Medicine 27, 2420-2439.",
    "barlow-1972": "Barlow RE, Bartholomew DJ, Bremner JM, Brunk HD (1972). Statistical Inference under Order "
    "Restrictions. Wiley.",
}
