"""What running one cell does to the names of a kernel: which it reads, and which hold something else afterwards."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from nbcode.cells.digests import code_digest
from nbcode.cells.flow import BUILTINS
from nbcode.cells.scopes import Event
from nbcode.cells.settings import Setting, keeping, settings_of
from nbcode.cells.source_facts import SourceFacts
from nbcode.primitives import Digest, dataclass, digest_json

_PATH = 1024  # characters that a path may have
_FITS = frozenset(
    {"fit", "partial_fit", "fit_transform", "fit_predict", "set_params", "load_state_dict", "load_weights"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CellEffect:
    """``reads``: module-level names that the cell takes from outside itself. ``leaves``: those that it binds, deletes or changes in
    place. ``needs``: of each function that it leaves, the names that a call of it reads. ``fits``: the names that it calls a method of which
    fits or sets a model. ``fixed``: the digest of the one statement that gives a name, where that depends on nothing else: a literal, an
    import (``roots``: of which module), a function. ``imports``: the first names of the modules that it imports; ``texts``: its short string literals.
    ``settings``: what it sets of objects that outlast it; ``keeping``: its functions that keep their results. ``digest`` is that of its code;
    ``is_empty``: no Python is left of it but what IPython alone reads."""

    reads: frozenset[str]
    leaves: frozenset[str]
    needs: Mapping[str, frozenset[str]]
    fits: frozenset[str]
    fixed: Mapping[str, Digest]
    roots: Mapping[str, str]
    imports: frozenset[str]
    texts: frozenset[str]
    settings: tuple[Setting, ...]
    keeping: frozenset[str]
    digest: Digest
    is_empty: bool


@lru_cache(maxsize=512)  # a kernel asks for the same cells after each run
def effect_of(source: str) -> CellEffect | None:
    """The effect of a cell; None where it is no Python."""
    facts = SourceFacts(source, thorough=False)
    if facts.tree is None:
        return None
    own: set[str] = set()
    reads: set[str] = set()
    leaves: set[str] = set()
    needs: dict[str, frozenset[str]] = {}
    for event in facts.events:
        name = event.name
        if event.deferred:
            continue  # in the body of a function: what a call of it reads is in its needs
        if event.kind in {"use", "call", "mutate"}:
            if name not in own and name not in BUILTINS:
                reads.add(name)
            if event.kind == "mutate":
                leaves.add(name)
        elif event.kind in {"bind", "delete"}:
            if event.kind == "bind" and not event.conditional:
                own.add(name)
            leaves.add(name)
            if event.needs:
                needs[name] = event.needs
    return CellEffect(
        reads=frozenset(reads),
        leaves=frozenset(leaves),
        needs=needs,
        fits=frozenset(
            call.func.value.id
            for call in facts.all_of(ast.Call)
            if isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.attr in _FITS
        ),
        fixed=_fixed(facts.tree, facts.events),
        roots={found.local: found.module.partition(".")[0] for found in facts.imports},
        imports=frozenset(found.module.partition(".")[0] for found in facts.imports if found.module),
        texts=frozenset(
            node.value
            for node in facts.all_of(ast.Constant)
            if isinstance(node.value, str) and len(node.value) < _PATH
        ),
        settings=settings_of(facts),
        keeping=keeping(facts),
        digest=facts.code_digest(exact_docstrings=False),
        is_empty=all(isinstance(node, ast.Pass) for node in facts.tree.body),
    )


def _fixed(tree: ast.Module, events: Sequence[Event]) -> dict[str, Digest]:
    changed = Counter(event.name for event in events if event.kind not in {"use", "call"})
    found: dict[str, Digest] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=targets, value=value) if _is_literal(value):
                given = {t.id: value for t in targets if isinstance(t, ast.Name)}
                found |= {name: digest_json(["literal", ast.dump(v)]) for name, v in given.items()}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_literal(value):
                found[name] = digest_json(["literal", ast.dump(value)])
            case ast.Import(names=names):
                found |= {
                    a.asname or a.name.partition(".")[0]: digest_json(["import", a.name]) for a in names
                }
            case ast.ImportFrom(module=module, names=names, level=0):
                found |= {a.asname or a.name: digest_json(["import", module, a.name]) for a in names}
            case ast.FunctionDef(name=name, decorator_list=[], args=arguments):
                defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
                if all(map(_is_literal, defaults)):
                    found[name] = code_digest("", ast.Module(body=[node], type_ignores=[]))
    return {name: digest for name, digest in found.items() if changed[name] == 1}


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
