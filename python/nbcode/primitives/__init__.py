"""Values that every room speaks in: digests, canonical JSON, diagnostics, errors, cancellation, held directories.

Imports no other room.
"""

from nbcode.primitives.cancellation import Cancellation, CancelledError
from nbcode.primitives.canonical import Json, canonical_json
from nbcode.primitives.diagnostics import (
    Diagnostic,
    Place,
    Related,
    Severity,
    errors_of,
    nearest,
)
from nbcode.primitives.digest import Digest, digest_bytes, digest_file, digest_json
from nbcode.primitives.errors import Exit, NbcodeError, exit_for
from nbcode.primitives.held import held_directory, sweep_unheld
from nbcode.primitives.runtime import Runtime, this_process

__all__ = [
    "Cancellation",
    "CancelledError",
    "Diagnostic",
    "Digest",
    "Exit",
    "Json",
    "NbcodeError",
    "Place",
    "Related",
    "Runtime",
    "Severity",
    "canonical_json",
    "digest_bytes",
    "digest_file",
    "digest_json",
    "errors_of",
    "exit_for",
    "held_directory",
    "nearest",
    "sweep_unheld",
    "this_process",
]
