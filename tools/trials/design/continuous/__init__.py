"""Continuous outcomes: means, bioequivalence on the log scale and in scaled limits, ratios of means, ranks."""
