"""Dose finding: rule-based, model-assisted and model-based designs, each with its table for the ward.

`outcomes` reads what was seen, `escalation` is what all these designs share, `engine` simulates and `enumeration` gives
exact distributions of short trials; each design has a module of its own and is listed in `designs`.
"""
