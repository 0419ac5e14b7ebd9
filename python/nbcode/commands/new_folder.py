"""A folder that a command ends with: it appears whole, and never in the place of something that is there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from alpha_bench.describe import place_directory
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, dataclass, locked_directory


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFolder:
    """``path`` is made by `write`; ``instead`` is the command that names another."""

    path: Path
    instead: str

    def prepare(self) -> None:
        """See that nothing is there, and that it can be made. Raises ``NbcodeError``: NBC-X08, NBC-X04."""
        if self.path.is_symlink() or (self.path.exists() and not _is_empty_folder(self.path)):
            raise NbcodeError([self._taken()])
        try:
            with locked_directory(_around(self.path), self._prefix):
                pass
        except OSError as error:
            raise self._refused(error) from error

    def write(self, parts: Mapping[str, Path]) -> Path:
        """Copy each file or folder of ``parts`` to its path in it; returns where it is. Raises as `prepare`; nothing is left then."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked_directory(self.path.parent, self._prefix) as beside:
                for name, source in parts.items():
                    target = beside / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
                beside.chmod(0o755)
                if not place_directory(beside, self.path, durable=False):
                    raise NbcodeError([self._taken()])
        except OSError as error:
            raise self._refused(error) from error
        return self.path

    @property
    def _prefix(self) -> str:
        return f".{self.path.name}-"

    def _taken(self) -> Diagnostic:
        return Diagnostic(
            code="NBC-X08",
            message=f"{self.path} is there already",
            cause="a folder is made anew, and what is there is not replaced",
            fixes=(f"name another: {self.instead}",),
            place=Place(path=str(self.path)),
        )

    def _refused(self, error: OSError) -> NbcodeError:
        unwritable = Diagnostic(
            code="NBC-X04",
            message=f"{self.path} cannot be made here",
            cause=(error.strerror or str(error)).lower(),
            fixes=(f"name a folder: {self.instead}",),
            place=Place(path=str(self.path)),
        )
        return NbcodeError([unwritable], Exit.ENVIRONMENT)


def _is_empty_folder(path: Path) -> bool:
    try:
        return path.is_dir() and not any(path.iterdir())
    except OSError:
        return False


def _around(path: Path) -> Path:
    """The nearest folder around ``path`` that is there: it is what must be writable."""
    return next((one for one in path.absolute().parents if one.exists()), Path("/"))
