"""Outcomes that are measured more than once in each participant: ANCOVA with a baseline, MMRM, slopes."""
