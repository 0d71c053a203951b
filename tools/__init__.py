"""What computes: typed functions by domain that a scientist could import alone, and the registry that names them.

Nothing here knows of graphs, agents or language models. Importing this package loads no chemistry and no model.
"""
