"""Time-to-event trials: events over calendar time, log-rank and weighted tests, restricted means, patient-level draws.

Floors inside: `rates` and `accrual`, then `events`, then `moments`, `formulas` and `logrank`, then the statistics and
the endpoints, then `solve` and `group_sequential`.
"""
