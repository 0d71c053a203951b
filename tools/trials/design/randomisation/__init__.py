"""Randomisation: reproducible lists, minimisation, and a sealed form that only the unblinded party can open."""
