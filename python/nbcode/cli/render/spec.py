"""A build spec for a reader: what would run, on what, and its identity."""

from __future__ import annotations

from nbcode.cli.render.figures import size_text
from nbcode.cli.terminal import Style, visible
from nbcode.commands.build import BuildResult


def render_spec(built: BuildResult, style: Style) -> str:
    """Meta, cells, inputs, environment, digests."""
    spec = built.spec
    meta = spec.meta
    title = style.paint(visible(meta.id), "bold")
    lines = [f"{title}  {style.paint(visible(f'{meta.kind} · {meta.horizon} · {meta.owner}'), 'dim')}"]
    if meta.as_of:
        lines.append(f"  as of {meta.as_of}: no row after that day is read")
    if meta.description:
        lines.append(f"  {visible(meta.description)}")
    lines += ["", style.paint("cells", "bold")]
    for promoted, cell in zip(built.graph.tagged, spec.cells, strict=True):
        defines = visible(", ".join(cell.defs)) or "-"
        where = f"cell {promoted.cell.index}"
        lines.append(_fitted(f"  {where:<8} {cell.tag:<9} {defines}", style))
    lines += _result(built, style)
    lines += ["", style.paint("inputs", "bold")]
    for item in spec.inputs:
        size = size_text(item.size_bytes)
        cut = f" to {item.as_of}" if meta.as_of and item.as_of else ""
        what = f"  {item.name:<18} {size:>9}  {item.digest.short}  {visible(item.uri)}{cut}"
        lines.append(_fitted(what, style))
    environment = spec.environment
    count = len(environment.distributions)
    lines += ["", style.paint("environment", "bold")]
    lines.append(
        f"  Python {environment.python_version}, {count} distributions from {environment.lock_source}"
    )
    lines += ["", f"  definition  {built.definition_digest}  {style.paint(spec.definition.kind, 'dim')}"]
    lines.append(f"  spec        {style.paint(str(built.spec_digest), 'bold')}")
    return "\n".join(lines)


def _result(built: BuildResult, style: Style) -> list[str]:
    """What [meta] says the result is; nothing where it says nothing, and `m` and `report` are meant."""
    if not built.asked:
        return []
    width = max(len(one.key) for one in built.asked) + 2
    rows = [_fitted(f"  {one.key:<{width}}{visible(one.text)}", style) for one in built.asked]
    return ["", style.paint("result", "bold"), *rows]


def _fitted(line: str, style: Style) -> str:
    return line if len(line) <= style.width else line[: style.width - 1] + "…"
