"""What reads from outside of a function's inputs, as a library says it: the module, and the name that is called of it."""

from __future__ import annotations

from types import ModuleType

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
    "xarray": "load_dataarray load_dataset open_dataarray open_dataset open_mfdataset open_zarr",
}
_READING = {module: frozenset(names.split()) for module, names in _NAMES.items()}
_PREFIXES = ("read_", "scan_")
_TABLES = frozenset({"cudf", "dask", "geopandas", "modin", "pandas", "polars", "pyarrow"})


def reads(path: str) -> bool:
    """Whether ``path``, a full name such as ``pandas.read_csv`` or ``polars.scan_csv``, reads."""
    top, *said = path.split(".")
    top = {"posixpath": "os", "genericpath": "os", "posix": "os", "_io": "io"}.get(top, top)
    if not said:
        return False
    if top in _EVERYTHING:
        return True
    if top in _TABLES and any(word.startswith(_PREFIXES) for word in said):
        return True
    return not _READING.get(top, frozenset()).isdisjoint(said)


def can_read(module: str) -> bool:
    """Whether anything of ``module`` reads."""
    return module.partition(".")[0] in {*_EVERYTHING, *_TABLES, *_READING}


def path_of(value: object) -> str:
    """The full name of what a name stands for: ``numpy.random.normal``, ``datetime.datetime.now``; empty where it has none."""
    if isinstance(value, ModuleType):
        return value.__name__
    owner = getattr(value, "__self__", None)
    module = getattr(value, "__module__", None)
    if not isinstance(module, str) and owner is not None and not isinstance(owner, ModuleType):
        module = (owner if isinstance(owner, type) else type(owner)).__module__
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    return f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else str(module or "")
