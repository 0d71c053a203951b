"""How work flows: one package for each state graph, with its state, nodes, edges and pauses.

State is names, counts and decisions; tables and documents live in the workspace. Everything that can wait for a person
is an interrupt, so that a run outlives the process that started it.
"""
