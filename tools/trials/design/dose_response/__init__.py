"""Dose-response trials: contrasts, the minimum effective dose, MCP-Mod, and QT studies."""
