"""Databases: names and records of compounds, from the offline table first and then from PubChem over the HTTP layer."""
