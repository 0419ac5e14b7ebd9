"""A module of a researcher's own whose number another module sets."""

LEVEL = 1.0
