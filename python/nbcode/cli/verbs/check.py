"""`nbcode check`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.cli.notebooks import notebooks_in
from nbcode.cli.options import Format
from nbcode.cli.output import Output
from nbcode.cli.render.diagnostics import render_diagnostics, summary
from nbcode.cli.source import SourceLines
from nbcode.cli.terminal import visible
from nbcode.commands.check import CheckResult, Known, check
from nbcode.commands.same_ids import with_same_ids
from nbcode.configuration import FILE_NAME, find_root, open_workspace
from nbcode.environment import importable_modules
from nbcode.notebook import located
from nbcode.primitives import Diagnostic, Exit, NbcodeError, exit_for

if TYPE_CHECKING:
    from nbcode.commands.outputs.looking import CheckOutput


def run(paths: tuple[Path, ...], *, form: Format, output: Output) -> int:
    """Check every notebook and the configuration around each; the exit code is what the worst finding asks for."""
    given = {path for path in paths if not path.is_dir()}
    files = tuple(located(path, find_root(path)) for path in notebooks_in(paths))
    locked = importable_modules()
    known = Known()
    results = with_same_ids([check(path, locked=locked, known=known) for path in files], known)
    # In a folder, a notebook without any tag is somebody's exploration and no mistake.
    results = [r for r, f in zip(results, files, strict=True) if f in given or not _exploration(r)]
    configuration = _configuration(paths)
    around = tuple(found for several in configuration.values() for found in several)
    every = (*around, *(d for r in results for d in r.diagnostics))
    if form in {Format.TEXT, Format.JSON}:
        output.text(_text(around, results, output))
    else:
        _annotated(form, configuration, results, output)
    code = exit_for(every)
    value: CheckOutput = {
        "status": "done" if code is Exit.DONE else "failed",
        "notebooks": [result.summary_to_json() for result in results],
        "diagnostics": [d.to_json() for d in every],
    }
    output.value(value)
    return int(code)


def _annotated(
    form: Format,
    configuration: Mapping[str, Sequence[Diagnostic]],
    results: Sequence[CheckResult],
    output: Output,
) -> None:
    """What was found in a form for a code host; for GitHub also into the page that it names for the job's summary."""
    from nbcode.cli import code_hosts  # loads what most calls do not need

    files = [code_hosts.findings_of(path, found) for path, found in configuration.items()]
    files += [code_hosts.findings_of(r.path, r.diagnostics, r.notebook) for r in results]
    if form is not Format.GITHUB:
        write = {
            Format.GITLAB: code_hosts.gitlab_report,
            Format.SARIF: code_hosts.sarif_log,
            Format.JUNIT: code_hosts.junit_report,
        }[form]
        output.document(write(files))
        return
    lines = code_hosts.github_annotations(files)
    if lines:
        output.text(lines)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        try:
            with Path(page).open("a", encoding="utf-8") as stream:
                stream.write(code_hosts.job_summary(files))
        except (OSError, ValueError) as error:  # the annotations are there all the same
            why = getattr(error, "strerror", None) or str(error)
            output.note(f"the summary of the job could not be written: {why}")


def _configuration(paths: Sequence[Path]) -> dict[str, tuple[Diagnostic, ...]]:
    """What is wrong with the configuration around ``paths``, by its file."""
    found: dict[str, dict[Diagnostic, None]] = {}
    for path in paths:
        try:
            open_workspace(path)
        except NbcodeError as error:
            for one in error.diagnostics:
                named = one.place.path if one.place is not None else None
                file = named or str(find_root(path) / FILE_NAME)
                found.setdefault(file, {})[one] = None
    return {file: tuple(several) for file, several in found.items()}


def _exploration(result: CheckResult) -> bool:
    return result.notebook is not None and result.graph is None


def _text(configuration: tuple[Diagnostic, ...], results: Sequence[CheckResult], output: Output) -> str:
    style, source = output.style, SourceLines()
    parts = [render_diagnostics(configuration, style, source)] if configuration else []
    parts += [_notebook(result, output, source, unusable=bool(configuration)) for result in results]
    if not results:
        parts.append("No tagged notebook here.")
    elif len(results) > 1:
        every = [*configuration, *(d for result in results for d in result.diagnostics)]
        counted = summary(every, style) or style.paint("nothing stands in the way", "green", "bold")
        parts.append(f"{len(results)} notebooks: {counted}")
    return "\n\n".join(parts)


def _notebook(result: CheckResult, output: Output, source: SourceLines, *, unusable: bool) -> str:
    style = output.style
    name = style.paint(visible(result.path), "bold")
    counted = summary(result.diagnostics, style)
    tagged = len(result.graph.tagged) if result.graph is not None else 0
    if not counted:
        cells = f"{tagged} promoted cells" if tagged != 1 else "1 promoted cell"
        if result.notebook is not None and result.notebook.is_framework:
            cells = "a model of alpha_bench"
        says = (
            f"nothing in it stands in the way; {FILE_NAME} does" if unusable else "nothing stands in the way"
        )
        sign = "" if unusable else style.paint("✓", "green", "bold") + " "
        return f"{sign}{name}  {cells}, {says}{_unseen(result, output)}"
    found = render_diagnostics(result.diagnostics, style, source)
    stops = f"nothing in it stops a promote; {FILE_NAME} does" if unusable else "nothing that stops a promote"
    verdict = f": {stops}" if result.ok else ""
    return f"{found}\n\n{name}  {counted}{verdict}{_unseen(result, output)}"


def _unseen(result: CheckResult, output: Output) -> str:
    """The line that says what this check knows nothing of."""
    if not result.ok or not result.unseen:
        return ""
    return "\n" + output.style.paint(f"  not looked at: {', '.join(result.unseen)}", "dim")
