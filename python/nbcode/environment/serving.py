"""What loading a candidate and predicting with it need installed, and no more: the lines of a requirements file, and wheels of what no
index has."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from alpha_bench.describe import write_atomic
from nbcode.environment._installed import DirectoryRefusedError, Site, tree_hash
from nbcode.environment._lockfile import LockFileError
from nbcode.environment._wheel_builder import build_wheel
from nbcode.environment.importable import find_lock_file
from nbcode.environment.lock import LockedDistribution, lock_digest
from nbcode.environment.locking import locked_closure
from nbcode.primitives import dataclass, digest_bytes, digest_file, digest_json

_OURS = ("nbcode-runtime", "alpha-bench")
_SERVER = "mlflow-skinny"
"""What MLflow's own commands need in the environment of a model."""
_HEAD = "# What loading this version and predicting with it need, at the versions of its run."
_UNHASHED = "# Without hashes: the run was locked by what was installed, which names no wheels."
_FOLDER = "wheels"


@dataclass(frozen=True, kw_only=True, slots=True)
class Serving:
    """``requirements`` are the lines of a requirements.txt beside the folder ``wheels``, which holds ``wheels``."""

    requirements: tuple[str, ...] = ()
    wheels: tuple[Path, ...] = ()


def serving_of(
    locked: Iterable[LockedDistribution],
    modules: Iterable[str],
    *,
    root: Path,
    folder: Path,
    site: Site | None = None,
) -> Serving:
    """What a model needs that imports ``modules`` (top-level names), at the versions that its run was ``locked`` to.

    ``root`` may hold a lock file, which knows what the run did not need; ``folder`` is where wheels are made and kept, of what is installed
    here from its directory, as long as it is what ran. Nothing where what is installed cannot be read.
    """
    site, ran, modules = site or Site(), tuple(locked), sorted(set(modules))
    with contextlib.suppress(LockFileError, DirectoryRefusedError, OSError):
        kept = folder / f"{_key(ran, modules, root, site)}.json"
        known = _remembered(kept)
        if known is None:
            known = _found(ran, modules, root, folder, site)
            folder.mkdir(parents=True, exist_ok=True)
            plain = {"requirements": known.requirements, "wheels": [str(wheel) for wheel in known.wheels]}
            write_atomic(kept, json.dumps(plain).encode(), durable=False, mode=0o600)
        return known
    return Serving()


def _key(ran: tuple[LockedDistribution, ...], modules: Sequence[str], root: Path, site: Site) -> str:
    """Of everything that the answer follows from."""
    path = find_lock_file(root)
    trees = [tree_hash(place) for name in _OURS if (place := site.directory(name)) is not None]
    lock = digest_bytes(path.read_bytes()) if path else None
    return digest_json([lock_digest(ran), list(modules), lock, site.digest, trees]).hex


def _remembered(kept: Path) -> Serving | None:
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        plain = json.loads(kept.read_bytes())
        wheels = tuple(Path(wheel) for wheel in plain["wheels"])
        if all(wheel.is_file() for wheel in wheels):
            return Serving(requirements=tuple(plain["requirements"]), wheels=wheels)
    return None


def _found(
    ran: tuple[LockedDistribution, ...], modules: Sequence[str], root: Path, folder: Path, site: Site
) -> Serving:
    owners = set(filter(None, map(site.owner, modules)))
    names = [*_OURS, _SERVER, *sorted(owners & {one.name for one in ran})]
    needed = _as_ran(locked_closure(root, names, site), ran)
    wheels = {one.name: wheel for one in needed if (wheel := _wheel(one, site, folder)) is not None}
    return Serving(requirements=_lines(needed, wheels), wheels=tuple(wheels.values()))


def _as_ran(
    needed: Iterable[LockedDistribution], ran: Sequence[LockedDistribution]
) -> tuple[LockedDistribution, ...]:
    """``needed`` at the versions that the run had of them, under the conditions of who needs them now."""
    known: dict[str, list[LockedDistribution]] = {}
    for one in ran:
        known.setdefault(one.name, []).append(one)
    found: dict[LockedDistribution, None] = {}
    for need in needed:
        same = known.get(need.name, [])
        if any(one.version == need.version for one in same):
            same = [one for one in same if one.version == need.version][:1]
        found |= dict.fromkeys(replace(one, marker=need.marker) for one in same or [need])
    return tuple(found)


def _wheel(one: LockedDistribution, site: Site, folder: Path) -> Path | None:
    """The wheel of what is ours and comes from no index, or is installed from its directory; None of what is not what ran."""
    directory = site.directory(one.name)
    if directory is None and one.name not in _OURS:
        return None
    if (site.record(one.name) if directory is None else tree_hash(directory)) not in one.hashes:
        return None
    return build_wheel(one.name, site, folder / one.hashes[0].rpartition(":")[2][:16])


def _lines(needed: Sequence[LockedDistribution], wheels: dict[str, Path]) -> tuple[str, ...]:
    hashed = all(one.name in wheels or any(h.startswith("sha256:") for h in one.hashes) for one in needed)
    lines = [_HEAD] if hashed else [_HEAD, _UNHASHED]
    for one in needed:
        wheel = wheels.get(one.name)
        marker = f" ; {one.marker}" if one.marker else ""
        hashes = [digest_file(wheel)] if wheel else [h for h in one.hashes if h.startswith("sha256:")]
        what = f"{_FOLDER}/{wheel.name}" if wheel else f"{one.name}=={one.version}{marker}"
        lines.append(" \\\n    ".join([what, *(f"--hash={h}" for h in hashes)]) if hashed else what)
    return tuple(lines)
