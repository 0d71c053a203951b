"""USDM v4, the Unified Study Definitions Model of CDISC: reading, checking, showing and writing studies."""
