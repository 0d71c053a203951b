"""Screening as pure steps: profiles, filters, desirability, Pareto rank, workers. The graph only orders them."""
