"""Column cache."""
