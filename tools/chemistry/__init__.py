"""Chemistry: reading libraries, standardising structures, properties, rules, alerts, ADMET, similarity, drawing.

Functions take lists of molecules or SMILES and return one value or row for each, in order. Units, labels and sources of
all columns stand in `benchside.tools.chemistry.columns`.
"""
