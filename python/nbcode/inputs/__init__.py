"""What a build reads: each dataset by its content."""

from nbcode.inputs.pinned import Column, Formula, PinnedInput, Pinning, Role
from nbcode.inputs.pinning import pin_inputs, sample_dataset, verify_inputs

__all__ = [
    "Column",
    "Formula",
    "PinnedInput",
    "Pinning",
    "Role",
    "pin_inputs",
    "sample_dataset",
    "verify_inputs",
]
