"""What can be wrong with a study: one module for each kind of fault, all over JSON that may be wrong in any way."""
