"""What a build reads: each dataset by its content."""

from nbcode.inputs._beside import FilesBeside
from nbcode.inputs.headers import Headers, columns_of, inspect_headers
from nbcode.inputs.local_modules import LocalModule, LocalModules, find_local_modules
from nbcode.inputs.looking import Look, look_at
from nbcode.inputs.pinned import Column, Formula, PinnedInput, Pinning, Role
from nbcode.inputs.pinning import pin_inputs, sample_dataset, verify_inputs

__all__ = [
    "Column",
    "FilesBeside",
    "Formula",
    "Headers",
    "LocalModule",
    "LocalModules",
    "Look",
    "PinnedInput",
    "Pinning",
    "Role",
    "columns_of",
    "find_local_modules",
    "inspect_headers",
    "look_at",
    "pin_inputs",
    "sample_dataset",
    "verify_inputs",
]
