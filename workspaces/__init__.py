"""Where work is kept: the workspace folder, its runs, artifacts, checkpoints, and the ledger of evidence.

The lowest floor: it imports nothing of Benchside but itself, and nothing heavy before it is needed.
"""
