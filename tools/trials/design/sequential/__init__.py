"""Group-sequential theory: recursive integration, spending functions, boundaries, plans, monitoring and inference.

`recursion` is the one integrator; everything else asks it for crossing probabilities. `plan` is what designs call.
"""
