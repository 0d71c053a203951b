"""Parallel trials that randomise clusters: means, proportions and rates, with equal or unequal cluster sizes."""
