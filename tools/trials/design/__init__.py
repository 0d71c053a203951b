"""The trial-design engine: designs as typed objects that size, bound, simulate, verify and describe themselves.

`Comparison` composes an endpoint, a hypothesis, a test statistic, monitoring and an allocation; dose finding,
single-arm stages and multi-arm designs are designs of their own kind. Floors inside: `checks`, `results`, `hypotheses`
and `statistic` at the bottom, one folder for each domain above them, `comparison` and `families` on top.
"""
