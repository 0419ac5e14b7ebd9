"""The signatures in python/alpha_bench/names.py, from the functions themselves. With --check only says whether they are current.

Static checks read them there without importing the functions, which would bring numpy.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import alpha_bench
from alpha_bench import names
from alpha_bench.definitions import KINDS

BEGIN, END = "# signatures: make codegen\n", "# end of signatures\n"
PATH = Path(__file__).parent.parent / "python/alpha_bench/names.py"
_ANY_KEYWORD = {"estimator", "feature"}
_OF_OBJECTS = {
    "an expression": alpha_bench.features.ret(20),
    "an estimator": alpha_bench.Ridge(),
    "a model": alpha_bench.Ridge().fit(X=[alpha_bench.features.ret(20)], y=alpha_bench.fwd_ret(10)),
    "a report": alpha_bench.walk_forward(
        alpha_bench.Ridge().fit(X=[alpha_bench.features.ret(20)], y=alpha_bench.fwd_ret(10))
    ),
}


def parameters(function: object) -> str:
    """The parameters as they are written, without annotations and without what only collects wrong ones."""
    found = inspect.signature(function)  # type: ignore[arg-type]  # callables only
    kept = [
        p.replace(annotation=p.empty)
        for p in found.parameters.values()
        if p.kind is not p.VAR_KEYWORD and p.name != "self"
    ]
    return str(inspect.Signature(kept))[1:-1]


def signatures() -> Iterator[tuple[str, str]]:
    """Name and parameters of every function that the platform provides."""
    for space, words in names.VOCABULARY.items():
        if space != "data":
            for word in words:
                yield f"{space}.{word}", parameters(getattr(getattr(alpha_bench, space), word))
    for name in sorted(names.PLATFORM_NAMES - names.VOCABULARY.keys() - _ANY_KEYWORD - {"inputs"}):
        function = getattr(alpha_bench, name)
        if inspect.isfunction(function) or name in KINDS:
            yield name, parameters(function)
    yield ".fit", parameters(alpha_bench.Ridge().fit)


def fields_of(plain: object) -> set[str]:
    """The panel's fields in the plain data of an expression."""
    if isinstance(plain, dict):
        own = {plain["field"]} if isinstance(plain.get("field"), str) else set[str]()
        return own.union(*(fields_of(part) for part in plain.values()))
    return set[str]().union(*(fields_of(part) for part in plain)) if isinstance(plain, list) else set()


def fields_read() -> Iterator[tuple[str, list[str]]]:
    """The fields that each feature reads, as it is called with a window."""
    for word in names.VOCABULARY["features"]:
        function = getattr(alpha_bench.features, word)
        needs_window = "window" in inspect.signature(function).parameters
        yield word, sorted(fields_of((function(20) if needs_window else function()).to_plain()))


def block() -> str:
    """The generated lines."""
    lines = ["SIGNATURES: dict[str, str] = {"]
    lines += [f'    "{name}": "{text}",' for name, text in signatures()]
    lines += [
        "}",
        '"""The parameters of every function that the platform provides; ``.fit`` is that of its estimators."""',
        "",
    ]
    lines += ["FIELDS_READ: dict[str, tuple[str, ...]] = {"]
    lines += [f'    "{word}": {tuple(fields)!r},'.replace("'", '"') for word, fields in fields_read()]
    lines += ["}", '"""The fields of the panel that each of `features` reads."""', ""]
    lines += ["ATTRIBUTES: dict[str, frozenset[str]] = {"]
    for kind, value in _OF_OBJECTS.items():
        words = " ".join(sorted(name for name in dir(value) if not name.startswith("_")))
        lines += [f'    "{kind}": frozenset(', f'        "{words}".split()', "    ),"]
    lines += [
        "}",
        '"""What is public of each kind of value that a notebook of the platform\'s words holds."""',
        "",
    ]
    return "\n".join(["# fmt: off", *lines, "# fmt: on"]) + "\n"


text = PATH.read_text("utf-8")
before, _, rest = text.partition(BEGIN)
_, _, after = rest.partition(END)
made = f"{before}{BEGIN}{block()}{END}{after}"
if "--check" in sys.argv:
    if made != text:
        sys.exit(f"{PATH.name} is out of date: make codegen")
else:
    PATH.write_text(made, "utf-8")
