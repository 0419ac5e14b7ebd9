"""What a build reads: each dataset by its content."""

from nbcode.inputs.pinned import Column, Formula, PinnedInput, Pinning, Role

__all__ = ["Column", "Formula", "PinnedInput", "Pinning", "Role"]
