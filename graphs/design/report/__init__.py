"""The report of a design in two media: one HTML page, and a section for Word."""
