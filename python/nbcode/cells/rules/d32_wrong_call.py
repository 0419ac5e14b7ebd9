"""A word of the platform is called with a parameter that it does not have, or without one that it needs; or a class or function
of scikit-learn with a parameter that it does not have.

Why: the run stops there, and what they take is known before it. The parameters are those of the function itself; of scikit-learn
they are read from the installed one, which is not imported. A warning of that where the project's lock may have another version.

Bad::

    mom = features.ret(window_length=20)

Good::

    mom = features.ret(window=20)
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import replace

from alpha_bench.describe import halflife_of, parameter_meant
from alpha_bench.names import SIGNATURES
from nbcode.cells.context import Context, Signatures, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import literal
from nbcode.cells.rules.edits import rewritten
from nbcode.cells.values import provided_calls
from nbcode.primitives import Diagnostic, Fix, Place, Severity, dataclass

CODE = "D32"
TITLE = "parameters that a word does not have"

_SHOWN = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parameters:
    by_place: tuple[str, ...]
    by_name: tuple[str, ...]
    needed: tuple[str, ...]


def check(context: Context) -> Iterator[Diagnostic]:
    """At most one finding a call."""
    own = {name for facts in context.tagged for name in facts.binds}
    for facts in context.tagged:
        for call, name in provided_calls(facts, own):
            if name in SIGNATURES:
                yield from _of_call(facts, call, name)
        if context.signatures is not None:
            for call, dotted in context.calls_of(facts):
                if dotted.startswith("sklearn.") and call.keywords:
                    yield from _of_library(facts, call, dotted, context.signatures)


def _of_call(facts: CellFacts, call: ast.Call, name: str) -> Iterator[Diagnostic]:
    known = _parameters(name)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return
    for keyword in call.keywords:
        if keyword.arg not in known.by_name:
            yield _unknown(facts, call, name, keyword, known, otherwise=_signature(name))
            return
    if len(call.args) > len(known.by_place):
        most = len(known.by_place)
        yield _wrong(
            facts, name, call, f"`{name}` takes at most {most} by place, and is given {len(call.args)}"
        )
        return
    given = {*known.by_place[: len(call.args)], *(k.arg for k in call.keywords)}
    missing = [parameter for parameter in known.needed if parameter not in given]
    if missing:
        yield _wrong(facts, name, call, f"`{name}` is called without {' and '.join(missing)}")


def _of_library(
    facts: CellFacts, call: ast.Call, dotted: str, signatures: Signatures
) -> Iterator[Diagnostic]:
    taken = signatures.parameters(dotted)
    if taken is None or any(k.arg is None for k in call.keywords):
        return
    for keyword in call.keywords:
        if keyword.arg not in taken:
            name = dotted.rpartition(".")[2]
            known = _Parameters(by_place=(), by_name=taken, needed=())
            severity = Severity.ERROR if signatures.certain else Severity.WARNING
            yield replace(
                _unknown(facts, call, name, keyword, known, otherwise=f"leave {keyword.arg} out"),
                severity=severity,
            )
            return


def _unknown(
    facts: CellFacts,
    call: ast.Call,
    name: str,
    keyword: ast.keyword,
    known: _Parameters,
    *,
    otherwise: str,
) -> Diagnostic:
    word = keyword.arg or ""
    meant = parameter_meant(word, known.by_name) or next(
        (p for p in known.by_name if word.startswith(p)), None
    )
    start = facts.place_of(keyword)
    place = facts.place(keyword.lineno, keyword.col_offset, keyword.col_offset + len(word.encode()))
    fixes: tuple[Fix | str, ...] = (otherwise,)
    halflife = halflife_of(word, literal(keyword.value)) if "halflife" in known.by_name else None
    if halflife is not None:
        corrected = [
            ast.keyword("halflife", ast.Constant(float(f"{halflife:.5g}"))) if k is keyword else k
            for k in call.keywords
        ]
        written = ast.unparse(ast.Call(call.func, call.args, corrected))
        fixes = (rewritten(f"write {written}", facts.place_of(call), written), *fixes)
    elif meant is not None:
        corrected = [ast.keyword(meant, k.value) if k is keyword else k for k in call.keywords]
        written = ast.unparse(ast.Call(call.func, call.args, corrected))
        shown = written if len(written) <= _SHOWN else f"{meant}="
        fixes = (rewritten(f"write {shown}", place, meant), *fixes)
    return finding(
        CODE,
        f"`{name}` has no parameter `{word}`" + (f": did you mean `{meant}`?" if meant else ""),
        place if start.line == place.line else start,
        cause=f"it takes {', '.join(known.by_name) or 'none'}",
        fixes=fixes,
    )


def _wrong(facts: CellFacts, name: str, call: ast.Call, message: str) -> Diagnostic:
    place: Place = facts.place_of(call)
    return finding(CODE, message, place, cause="the run stops at this call", fixes=(_signature(name),))


def _signature(name: str) -> str:
    return f"the call is {name}({SIGNATURES[name]})"


@functools.cache
def _parameters(name: str) -> _Parameters:
    arguments = ast.parse(f"lambda {SIGNATURES[name]}: 0", mode="eval").body.args  # type: ignore[attr-defined]
    by_place = tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args))
    needed = by_place[: len(by_place) - len(arguments.defaults)]
    only = tuple(a.arg for a in arguments.kwonlyargs)
    needed += tuple(a for a, default in zip(only, arguments.kw_defaults, strict=True) if default is None)
    return _Parameters(by_place=by_place, by_name=(*by_place, *only), needed=needed)
