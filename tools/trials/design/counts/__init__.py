"""Counts of events: Poisson and negative binomial rates, and recurrent events over varying follow-up."""
