"""`python -m benchside` is the same as `benchside`."""

from benchside.cli import main

main()
