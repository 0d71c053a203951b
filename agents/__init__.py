"""Who decides: steps that a language model takes, their prompts, the model providers, and the verifier of prose.

Empty in this release. What comes here may import from tools and workspaces, and is driven by graphs.
"""
