"""Clinical trials: the design engine. Plain Python that a statistician can import alone."""
