"""Mutation proofs: a package with one mistake in it, and the test that has to notice."""
