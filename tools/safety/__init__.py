"""The safety gate: recognises what treaties and laws list, so that nothing here helps to make, improve or use it."""
