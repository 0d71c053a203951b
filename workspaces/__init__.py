"""Where work is kept: the workspace folder, its runs, artifacts, checkpoints, and the ledger of evidence.

The lowest floor: it imports nothing of Benchside but itself, and nothing heavy before it is needed. What it keeps it
never loses: files are written whole or not at all, entries and artifacts are only ever added, and damage is named.
"""
