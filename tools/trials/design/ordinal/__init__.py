"""Ordered categories: the proportional-odds model and the Wilcoxon test with ties."""
