"""Values that every room speaks in: digests, canonical JSON, a codec, diagnostics, errors, cancellation, held directories.

Imports no other room.
"""

from nbcode.primitives.cancellation import Cancellation, CancelledError
from nbcode.primitives.canonical import Json, canonical_json
from nbcode.primitives.codec import from_plain, hints_of, to_plain
from nbcode.primitives.diagnostics import (
    Diagnostic,
    Place,
    Related,
    errors_of,
    nearest,
)
from nbcode.primitives.digest import Digest, digest_bytes, digest_file, digest_json
from nbcode.primitives.errors import Exit, NbcodeError, exit_for
from nbcode.primitives.fixes import Fix, MetadataEdit, TextEdit
from nbcode.primitives.foreign_text import encodable
from nbcode.primitives.held import held_directory, is_locked, sweep_unheld
from nbcode.primitives.masking import has_userinfo, masked
from nbcode.primitives.runtime import Runtime, this_process
from nbcode.primitives.severity import Severity

__all__ = [
    "Cancellation",
    "CancelledError",
    "Diagnostic",
    "Digest",
    "Exit",
    "Fix",
    "Json",
    "MetadataEdit",
    "NbcodeError",
    "Place",
    "Related",
    "Runtime",
    "Severity",
    "TextEdit",
    "canonical_json",
    "digest_bytes",
    "digest_file",
    "digest_json",
    "encodable",
    "errors_of",
    "exit_for",
    "from_plain",
    "has_userinfo",
    "held_directory",
    "hints_of",
    "is_locked",
    "masked",
    "nearest",
    "sweep_unheld",
    "this_process",
    "to_plain",
]
