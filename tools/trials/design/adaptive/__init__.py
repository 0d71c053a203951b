"""Adaptive designs: combination tests, re-estimation of the size, several arms, selection, adaptive randomisation.

`combination` and `dunnett` are the ground floor; the designs stand on them and on `sequential/`.
"""
