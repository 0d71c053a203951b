"""Readers of compound libraries: every row of a file comes out once, as a record or as a reject with its reason."""

from __future__ import annotations

from benchside.tools.chemistry.readers.library import Library, read_library
from benchside.tools.chemistry.readers.options import ReadKeywords, ReadOptions, Role

__all__ = ["Library", "ReadKeywords", "ReadOptions", "Role", "read_library"]
