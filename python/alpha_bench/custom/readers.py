"""What reads from outside of a function's inputs, as a library says it: the module, and the name that is called of it."""

from __future__ import annotations

import ast

_EVERYTHING = frozenset(
    {"duckdb", "fileinput", "glob", "h5py", "joblib", "linecache", "netCDF4", "tables", "zarr"}
)
_NAMES = {
    "alpha_bench": "Panel load_fitted open_cache read_panel use",
    "io": "FileIO open open_code",
    "numpy": "DataSource fromfile genfromtxt load loadtxt memmap open_memmap",
    "os": "environ fdopen fstat getenv getsize getmtime listdir lstat open popen read scandir stat system walk",
    "pandas": "ExcelFile HDFStore",
    "pyarrow": "ArrowDataset FileSystem FileSystemDataset LocalFileSystem OSFile ORCFile ParquetDataset ParquetFile dataset "
    "memory_map open_csv open_file open_stream parquet_dataset",
    "polars": "SQLContext",
}
_READING = {module: frozenset(names.split()) for module, names in _NAMES.items()}
_PREFIXES = ("read_", "scan_")


def reads(call: ast.Call, module: str, name: str) -> bool:
    """Whether ``call``, of ``name`` or of what is written after it, reads by ``module``, where its first name is from."""
    top = {"posixpath": "os", "genericpath": "os", "posix": "os", "_io": "io"}.get(
        module.partition(".")[0], module.partition(".")[0]
    )
    if top in _EVERYTHING:
        return True
    said = [name, *_chain(call.func)]
    if top in {"polars", "pyarrow", "pandas"} and any(word.startswith(_PREFIXES) for word in said):
        return True
    return not _READING.get(top, frozenset()).isdisjoint(said)


def _chain(part: ast.expr) -> list[str]:
    """The names after the first of ``a.b.c``."""
    found = []
    while isinstance(part, ast.Attribute):
        found.append(part.attr)
        part = part.value
    return found
