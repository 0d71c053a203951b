"""Trial design as work in a workspace: assumptions and results become evidence, and a report that rests on them."""
