"""Phase 2 trials without a control group: exact binomial designs in stages, their search, and inference after them."""
