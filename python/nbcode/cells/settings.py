"""What a cell changes that no name of its own shows: options of libraries, attributes of classes and modules; and functions that keep
their results."""

from __future__ import annotations

import ast
import re

from nbcode.cells.source_facts import SourceFacts
from nbcode.primitives import dataclass

_SETS = re.compile(
    r"(re)?set([_A-Z].*|p\w*)?|seterr\w*|manual_seed|seed|filterwarnings|simplefilter|resetwarnings|use|update|(un)?register.*|"
    r"config\w*|(put|unset)env|(en|dis)able.*|rc|rcdefaults|cache_clear"
)
_RANDOM = re.compile(r"(^|\.)random\.")
_KEEPS = frozenset({"cache", "lru_cache", "cached", "memoize"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """Something of ``root`` that a cell sets; ``written`` as it stands there, without its arguments; ``by_call`` where that is a call,
    ``deep`` where it is inside of something that ``root`` holds, such as ``pd.options.mode.copy_on_write``."""

    root: str
    written: str
    by_call: bool
    deep: bool = False


def settings_of(facts: SourceFacts) -> tuple[Setting, ...]:
    """The attributes that are stored, and the calls whose names say that they set something, by their first names."""
    found: list[Setting] = []
    stored = [
        *(target for node in facts.all_of(ast.Assign) for target in node.targets),
        *(node.target for node in facts.all_of(ast.AugAssign)),
        *(node.target for node in facts.all_of(ast.AnnAssign)),
        *(target for node in facts.all_of(ast.Delete) for target in node.targets),
    ]
    for target in stored:
        place = target
        while isinstance(place, ast.Subscript):
            place = place.value
        if isinstance(place, ast.Attribute) and (root := _root(place)):
            deep = place is not target or not isinstance(place.value, ast.Name)
            found.append(Setting(root=root, written=ast.unparse(place), by_call=False, deep=deep))
    for call in facts.all_of(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="setattr"), args=[place, ast.Constant(value=str(name)), _]):
                if root := _root(place):
                    found.append(Setting(root=root, written=f"{ast.unparse(place)}.{name}", by_call=False))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name) as called):
                shared = _RANDOM.search(ast.unparse(called))  # see rules.generators
                if _SETS.fullmatch(name) and not shared and (root := _root(called)):
                    found.append(Setting(root=root, written=ast.unparse(called), by_call=True))
    return tuple(found)


def keeping(facts: SourceFacts) -> frozenset[str]:
    """The functions of a cell that keep what they gave (``functools.cache``, ``lru_cache``)."""
    return frozenset(
        node.name
        for node in facts.all_of(ast.FunctionDef)
        for decorator in node.decorator_list
        if _last(decorator.func if isinstance(decorator, ast.Call) else decorator) in _KEEPS
    )


def _root(node: ast.expr) -> str:
    """The first name of ``a.b[0]().c``; empty where it begins otherwise, or with ``self``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) and node.id not in {"self", "cls"} else ""


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
