"""Literature that the ordinal endpoint rests on."""

from __future__ import annotations

REFERENCES: dict[str, str] = {
    "whitehead-1993": "Whitehead J. Sample size calculations for ordered categorical data. Statistics in Medicine "
    "1993;12:2257-2271.",
    "zhao-rahardja-qu-2008": "Zhao YD, Rahardja D, Qu Y. Sample size calculation for the Wilcoxon-Mann-Whitney test "
    "adjusting for ties. Statistics in Medicine 2008;27:462-468.",
}
