"""Tagged cells as a graph of definitions and references, the digest of their code, and every static rule."""

from nbcode.cells.analysis import Analysis, ModuleContext, analyse, without_consequences
from nbcode.cells.context import Signatures
from nbcode.cells.digests import code_digest
from nbcode.cells.effects import CellEffect, effect_of
from nbcode.cells.global_reads import GlobalRead, global_reads
from nbcode.cells.graph import CellGraph, TaggedCell
from nbcode.cells.module_fields import Module, fields_missing
from nbcode.cells.optional_parts import optional_modules
from nbcode.cells.rules.calls import LEFT_BEHIND, SEEDED_BY_THE_RUN
from nbcode.cells.rules.d36_field_not_in_the_data import field_not_there
from nbcode.cells.rules.generators import HiddenDraw, draws_left_behind
from nbcode.cells.settings import Setting
from nbcode.cells.source_facts import SourceCache
from nbcode.cells.tables import Columns

__all__ = [
    "LEFT_BEHIND",
    "SEEDED_BY_THE_RUN",
    "Analysis",
    "CellEffect",
    "CellGraph",
    "Columns",
    "GlobalRead",
    "HiddenDraw",
    "Module",
    "ModuleContext",
    "Setting",
    "Signatures",
    "SourceCache",
    "TaggedCell",
    "analyse",
    "code_digest",
    "draws_left_behind",
    "effect_of",
    "field_not_there",
    "fields_missing",
    "global_reads",
    "optional_modules",
    "without_consequences",
]
