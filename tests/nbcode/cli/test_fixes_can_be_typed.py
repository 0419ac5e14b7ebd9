"""Whatever a text of nbcode tells a reader to type or to set can be typed and set: every command parses, every key is read."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

import nbcode
from nbcode.cli.application import application
from nbcode.configuration import KEYS, read_config, setting

PACKAGE = Path(nbcode.__file__).parent
COMMAND = re.compile(r"`nbcode( [^`\n]*)?`")
KEY = re.compile(r"\[([a-z]+)\][. ]([a-z_]+)|`?\b([a-z]+)\.([a-z_]+)`? in nbcode\.toml")
TAGS = {"meta", "setup", "features", "model", "eval"}
SECTIONS = {key.path[0] for key in KEYS}
NAME = "name"
"""Stands for what a text leaves to the reader, or fills in itself."""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The line and text of every literal, what is filled into it as a name; `setting(...)` as what it gives."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(map(_part, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    call = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "setting":
        if not all(isinstance(argument, ast.Constant) for argument in call.args):
            return NAME  # refused by `setting` itself where it is no key
        return setting(*(ast.literal_eval(argument) for argument in call.args))
    return NAME


def all_texts() -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(PACKAGE)}:{line}", text)
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in texts(path)
    ]


def command_problem(text: str) -> str | None:
    """Why the program does not take these arguments; a missing one is the reader's to give."""
    root = typer.main.get_command(application)
    words = [NAME if re.fullmatch(r"[A-Z_.]+|<.*>|\.\.\.", word) else word for word in shlex.split(text)]
    context = root.make_context("nbcode", list(words) or ["--help"], resilient_parsing=True)
    if words[:1] == [NAME]:
        return None
    if not words or words[0].startswith("-"):
        known = {name for parameter in root.get_params(context) for name in getattr(parameter, "opts", ())}
        return None if not words or words[0] in known else f"no option {words[0]}"
    command = root.get_command(context, words[0])  # type: ignore[attr-defined]
    if command is None:
        return f"no command {words[0]}"
    inner = command.make_context(words[0], [], parent=context, resilient_parsing=True)
    inner.resilient_parsing = False
    try:
        _, left, _ = command.make_parser(inner).parse_args(words[1:])
    except Exception as error:
        return f"{words[0]}: {error}"
    return f"{words[0]} takes no {left}" if left else None


def key_problem(section: str, name: str) -> str | None:
    """What the reader of nbcode.toml says of the key."""
    value = next((k.example for k in KEYS if (k.path[0], k.name) == (section, name)), '"x"')
    table = f"data.{NAME}" if section == "data" else section
    reading = read_config(f"[{table}]\n{name} = {value}\n", Path("/project/nbcode.toml"))
    return next((str(d) for d in reading.diagnostics if d.code == "NBC-C12"), None)


def problems(given: list[tuple[str, str]]) -> list[str]:
    found = []
    for where, text in given:
        for match in COMMAND.finditer(text):
            typed = re.sub(r"--example$", "--example=list", match.group(1) or "")  # which may stand alone
            why = command_problem(typed)
            found += [] if why is None else [f"{where}: {match.group()}: {why}"]
        for match in KEY.finditer(text):
            if match.group(1) not in TAGS and ("nbcode.toml" in text or match.group(1) in SECTIONS):
                section, name = match.group(1) or match.group(3), match.group(2) or match.group(4)
                why = key_problem(section, name)
                found += [] if why is None else [f"{where}: {match.group()}: {why}"]
    return found


def test_every_command_and_key_that_a_text_names_is_accepted() -> None:
    given = all_texts()
    named = [m.group() for _, text in given for m in (*COMMAND.finditer(text), *KEY.finditer(text))]
    assert len(named) > 60, "the texts are not found"
    assert any("[run] memory_limit" in name for name in named)
    assert problems(given) == []


@pytest.mark.parametrize(
    "text",
    [
        "raise limits.memory in nbcode.toml",
        "raise `[run] memory` in nbcode.toml",
        "set [stores].path in nbcode.toml",
        "`nbcode mend`",
        "`nbcode promote --anew`",
        "`nbcode doctor NOTEBOOK`",
    ],
)
def test_one_that_is_not_accepted_is_found(text: str) -> None:
    assert len(problems([("control", text)])) == 1


def test_a_setting_that_is_not_there_cannot_be_named() -> None:
    assert setting("run", "time_limit") == "`[run] time_limit` in nbcode.toml"
    with pytest.raises(KeyError, match="limits"):
        setting("limits", "time")
