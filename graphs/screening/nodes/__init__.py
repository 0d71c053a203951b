"""The nodes of the screening graph, one module for each stage of the funnel."""
