"""The screening graph: load, standardise, merge, compute, filter, predict, rank, diversify, write.

Screening is a funnel: what is cheap runs on all rows, ADMET on the best survivors to a stated depth. Each node leaves
its tables in the run's folder, so that state holds names and counts alone and a killed run goes on from its last part.
"""
