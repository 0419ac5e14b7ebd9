"""`nbcode doctor`: what is here, what would run, and what to mend. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbcode.commands.health import Finding, Health, Level, Machine
from nbcode.commands.servers import require_shared_registry
from nbcode.configuration import TrustKind, Workspace, loose, refusal, trust_command
from nbcode.environment import StoredEnvironment
from nbcode.primitives import Diagnostic, NbcodeError
from nbcode.promotion import JournalSchema, refuse_newer


def doctor(
    project: Path,
    workspace: Workspace | tuple[Diagnostic, ...],
    machine: Machine,
    schema: Callable[[Workspace], JournalSchema],
    *,
    environments: bool = False,
) -> Health:
    """Look at everything. ``workspace`` is the problems of nbcode.toml where it cannot be read; ``schema`` reads the journal's,
    and raises ``NbcodeError`` when it cannot be. With ``environments`` every file of those that are kept is read."""
    findings = [*_programs(machine), *_sandbox(machine, workspace), *_kernels(machine, workspace)]
    if isinstance(workspace, Workspace):
        findings += [
            *_configuration(workspace),
            *_untrusted(workspace),
            *_store(workspace, machine),
            *_registry(workspace, machine),
            *_journal(workspace, schema),
        ]
        found = machine.environments(workspace.cache) if environments else ()
        findings += [_environment(one) for one in found]
    else:
        findings += [_problem(project, diagnostic) for diagnostic in workspace]
    return Health(findings=tuple(findings))


def _programs(machine: Machine) -> list[Finding]:
    version, path = machine.python()
    number = tuple(int(part) for part in version.split(".")[:2])
    supported = (3, 11) <= number < (3, 15)
    found = [
        Finding(
            area="machine",
            name="python",
            level=Level.OK if supported else Level.FAIL,
            text=f"{version} · {machine.platform()} · {path}",
            fix="" if supported else "use Python 3.11 to 3.14",
        )
    ]
    for name, version in machine.distributions().items():
        there = Finding(area="machine", name=name, level=Level.OK, text=version)
        gone = Finding(
            area="machine", name=name, level=Level.FAIL, text="not installed", fix="install nbcode again"
        )
        found.append(there if version else gone)
    # Neither is needed on every machine: git has a stand-in, and uv only makes fresh environments.
    for name, use in (("uv", "no fresh environments"), ("git", "snapshots only outside repositories")):
        line = machine.program(name)
        level = Level.OK if line else Level.WARN
        text = line or f"not found: {use}"
        found.append(
            Finding(area="machine", name=name, level=level, text=text, fix="" if line else f"install {name}")
        )
    return found


def _sandbox(machine: Machine, workspace: Workspace | tuple[Diagnostic, ...]) -> list[Finding]:
    levels = machine.levels()
    held = [level.name for level in levels if level.available]
    wanted = workspace.config.run.isolation if isinstance(workspace, Workspace) else "auto"
    found = [
        Finding(
            area="sandbox",
            name=level.name,
            level=Level.OK if level.available else Level.WARN,
            text="holds" if level.available else f"does not hold: {level.reason}",
            fix="" if level.available else _LEVEL_FIX.get(level.name, ""),
        )
        for level in levels
    ]
    chosen = held[-1] if wanted == "auto" and held else wanted
    possible = chosen in held or (wanted == "environment" and "process" in held)
    found.append(
        Finding(
            area="sandbox",
            name="in force",
            level=Level.OK if possible else Level.FAIL,
            text=chosen if possible else f"{wanted} is asked for and does not hold",
            fix="" if possible else 'in nbcode.toml: [run] isolation = "auto"',
        )
    )
    return found


_LEVEL_FIX = {
    "namespaces": "install bubblewrap and allow unprivileged user namespaces",
    "landlock": "needs Linux 5.13 or newer with Landlock enabled",
}


def _kernels(machine: Machine, workspace: Workspace | tuple[Diagnostic, ...]) -> list[Finding]:
    cache = workspace.cache / "numba" if isinstance(workspace, Workspace) else Path(".nbcode")
    compiled = machine.kernels_compiled(cache)
    kernel = machine.jupyter_kernel()
    return [
        Finding(
            area="machine",
            name="numba cache",
            level=Level.OK if compiled else Level.WARN,
            text="warm"
            if compiled
            else "cold: the first promote that computes features fills it, in minutes",
        ),
        Finding(
            area="machine",
            name="jupyter kernel",
            level=Level.OK,
            text=str(kernel)
            if kernel
            else "not installed; %load_ext nbcode does the same (nbcode init --kernel)",
        ),
    ]


def _environment(kept: StoredEnvironment) -> Finding:
    proofs = ", ".join(f"{count} by {proof}" for proof, count in kept.proofs)
    return Finding(
        area="machine",
        name=f"env {kept.home.name[:12]}",
        level=Level.FAIL if kept.problem else Level.OK,
        text=kept.problem or f"as it was made · {proofs}",
        fix=f"`rm -r {kept.home}`: the next run makes it anew" if kept.problem else "",
    )


def _configuration(workspace: Workspace) -> list[Finding]:
    config = workspace.config
    where = str(config.path) if config.path else f"no nbcode.toml: defaults, root {workspace.root}"
    found = [Finding(area="project", name="configuration", level=Level.OK, text=where)]
    for dataset in config.datasets:
        files = [dataset.prices, *([dataset.reference] if dataset.reference else [])]
        if any(workspace.refused_data(path) for path in files):
            continue
        gone = [path for path in files if not path.exists() and dataset.remote(path) is None]
        default = " (default)" if dataset.name == config.defaults_data else ""
        found.append(
            Finding(
                area="project",
                name=f"data.{dataset.name}",
                level=Level.FAIL if gone else Level.OK,
                text=f"missing: {', '.join(map(str, gone))}" if gone else f"{dataset.prices_uri}{default}",
                fix="correct the path in nbcode.toml" if gone else "",
            )
        )
    if config.defaults_data is None:
        found.append(
            Finding(area="project", name="data", level=Level.OK, text="the embedded sample panel (default)")
        )
    return found


def _problem(project: Path, diagnostic: Diagnostic) -> Finding:
    where = f" · line {diagnostic.place.line}" if diagnostic.place and diagnostic.place.line else ""
    text = f"{diagnostic.code} {diagnostic.message}{where}"
    path = diagnostic.place.path if diagnostic.place and diagnostic.place.path else str(project)
    fix = diagnostic.fix_titles[0] if diagnostic.fixes else f"correct {path}"
    return Finding(area="project", name="configuration", level=Level.FAIL, text=text, fix=fix)


_STORE = (TrustKind.STORE, TrustKind.FOREIGN_STORE)


def _untrusted(workspace: Workspace) -> list[Finding]:
    """What waits for the user's trust; none of it is touched here either."""
    return [
        Finding(
            area="project",
            name=str(item.kind),
            level=Level.FAIL,
            text=f"{refusal(item, workspace.root).message}: not trusted, not looked at",
            fix=f"`{trust_command(workspace.root)}` shows it and asks",
        )
        for item in workspace.untrusted
    ]


def _store(workspace: Workspace, machine: Machine) -> list[Finding]:
    if workspace.refusals(*_STORE):
        return []
    space = machine.space(workspace.store)
    free = f"{space.free_bytes / 1e9:.1f} GB free"
    made = "" if workspace.store.is_dir() else " (made by the first build)"
    found = [
        Finding(
            area="project",
            name="store",
            level=Level.FAIL if space.problem else Level.OK,
            text=f"{workspace.store}: {space.problem}"
            if space.problem
            else f"{workspace.store}{made} · {free}",
            fix="make it writable, or set [store] path in nbcode.toml" if space.problem else "",
        )
    ]
    if space.network:
        text = "on a network file system, where SQLite's locks cannot be relied on"
        found.append(
            Finding(
                area="project",
                name="store",
                level=Level.WARN,
                text=text,
                fix="set [store] path to a local disk",
            )
        )
    if space.free_bytes < 1_000_000_000:
        found.append(Finding(area="project", name="disk", level=Level.WARN, text=free, fix="free some space"))
    found += [
        Finding(
            area="project",
            name="store",
            level=Level.FAIL,
            text=f"{d.message}: {d.cause}",
            fix=d.fix_titles[0],
        )
        for d in loose(workspace.store)
    ]
    held = machine.held_locks(workspace.store)
    text = f"held: {'; '.join(held)}" if held else "free"
    found.append(Finding(area="project", name="locks", level=Level.OK, text=text))
    return found


def _registry(workspace: Workspace, machine: Machine) -> list[Finding]:
    server = workspace.registry
    if workspace.refusals(TrustKind.SERVER):
        return []
    if server is None:
        text = "MLflow in the store (SQLite)"
        return [Finding(area="project", name="registry", level=Level.OK, text=text)]
    problem, named = machine.registry(server.uri), server.named_by("registry", "uri")
    told = f"{server.uri}: {problem}" if problem else f"{server.uri} answers"
    return [
        Finding(
            area="project",
            name="registry",
            level=Level.FAIL if problem else Level.OK,
            text=f"{told} (named by {named})" if server.variable else told,
            fix=f"start the server, or correct {named}" if problem else "",
        )
    ]


def _journal(workspace: Workspace, schema: Callable[[Workspace], JournalSchema]) -> list[Finding]:
    if workspace.refusals(TrustKind.JOURNAL, *_STORE):
        return []
    server = workspace.journal
    where = server.uri if server else "SQLite in the store"
    if server and server.variable:
        where += f" (named by {server.named_by('journal', 'uri')})"
    level, fix = Level.OK, ""
    try:
        require_shared_registry(workspace)
        found = schema(workspace)
        refuse_newer(found, where)
    except NbcodeError as error:
        first = error.diagnostics[0]
        level, fix = Level.FAIL, first.fix_titles[0]
        text = f"{where}: {first.code} {first.message}: {first.cause}"
    else:
        text = f"{where} · {_schema_told(found)}"
    return [Finding(area="project", name="journal", level=level, text=text, fix=fix)]


def _schema_told(schema: JournalSchema) -> str:
    if schema.found == 0:
        return "made by the first promote"
    older = schema.found < schema.known
    return f"schema {schema.found}" + (
        f", which the next promote brings up to {schema.known}" if older else ""
    )


def this_machine() -> Machine:
    """The machine that nbcode runs on."""
    from nbcode.commands._machine import ThisMachine

    return ThisMachine()
