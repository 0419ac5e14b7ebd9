"""The digest of a cell's code."""

from __future__ import annotations

import ast

from alpha_bench.describe import canonical_code
from nbcode.primitives import Digest, digest_bytes


def code_digest(source: str, tree: ast.Module | None, *, exact_docstrings: bool = False) -> Digest:
    """The digest of a cell's canonical form; of its text where it cannot be parsed (such a cell is never promoted).

    ``exact_docstrings``: a promoted cell of the notebook reads docstrings, so that their layout counts.
    """
    if tree is None:
        return digest_bytes(b"nbcode-text-1\n" + source.encode("utf-8", "surrogatepass"))
    return digest_bytes(canonical_code(tree, exact_docstrings=exact_docstrings))
