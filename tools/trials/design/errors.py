"""What can be wrong with a design: each error names the input and says what to change."""

from __future__ import annotations

from benchside.workspaces.errors import InputError


class DesignError(InputError):
    """Base of the errors about a trial design."""

    code = "design"


class ImpossibleInputError(DesignError):
    """A value that no trial can have: a probability above 1, a negative variance, a power below alpha."""

    code = "design_impossible"


class ContradictoryInputError(DesignError):
    """Values that exclude each other: an effect equal to the margin, looks out of order, n and power both given."""

    code = "design_contradictory"


class UnreachableError(DesignError):
    """No trial of a feasible size does what is asked."""

    code = "design_unreachable"


class OutOfScopeError(DesignError):
    """A design that this engine does not do, refused by name rather than answered with another one."""

    code = "design_out_of_scope"
