"""A study as people read it: the parts of a protocol as tables."""
