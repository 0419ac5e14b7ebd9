"""The window to DuckDB and SQLAlchemy: one query, asked once by a user's command. Nothing else ever asks it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from nbcode.inputs._files import RefusedFileError
from nbcode.inputs._tables import sorted_table, table_of_rows

_ROWS_AT_ONCE = 100_000
_DUCKDB = "duckdb:"


def ask(query: str, connection: str, *, keys: tuple[str, ...], environment: Mapping[str, str]) -> Any:
    """The rows of ``query`` over ``connection`` as a table, ordered by ``keys`` as far as they are columns.

    Raises:
        RefusedFileError: E51 for a query that is no SELECT, that fails, or gives no row, and for a connection that cannot be made.
    """
    url = _url(connection, environment)
    with _failing(connection):
        table = sorted_table(
            _of_duckdb(query, url) if url.startswith(_DUCKDB) else _of_database(query, url), keys
        )
    if not table.num_rows:
        raise RefusedFileError("E51", "the query gives no row", "correct the query, or wait for the data")
    return table


def _url(connection: str, environment: Mapping[str, str]) -> str:
    if not connection.startswith("$"):
        return connection
    found = environment.get(connection[1:], "").strip()
    if not found:
        why = f"the variable {connection[1:]} of your environment is not set"
        raise RefusedFileError("E51", why, f"`export {connection[1:]}=...`, the URL of the database")
    return found


def _of_duckdb(query: str, url: str) -> Any:
    import duckdb

    path = url.removeprefix(_DUCKDB)
    database = duckdb.connect(path, read_only=True) if path else duckdb.connect()
    with contextlib.closing(database):
        statements = database.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise RefusedFileError("E51", "it is not one SELECT", "write one SELECT")
        return database.sql(query).to_arrow_table()


def _of_database(query: str, url: str) -> Any:
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:  # nothing is ever committed
            asking = connection.execution_options(stream_results=True, postgresql_readonly=True)
            result = asking.execute(sa.text(query))
            if not result.returns_rows:
                raise RefusedFileError("E51", "it is not one SELECT", "write one SELECT")
            names = list(result.keys())
            return table_of_rows(names, _partitions(result))
    finally:
        engine.dispose()


def _partitions(result: Any) -> Iterator[list[tuple[object, ...]]]:
    for rows in result.partitions(_ROWS_AT_ONCE):
        yield [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in rows]


@contextlib.contextmanager
def _failing(connection: str) -> Iterator[None]:
    """What a database says, without the URL that it was asked over, which may hold a password."""
    shown = connection if connection.startswith("$") else connection.partition(":")[0]
    try:
        yield
    except RefusedFileError:
        raise
    except ImportError as error:
        driver = "alpha-bench[duckdb]" if error.name == "duckdb" else error.name or "its driver"
        raise RefusedFileError("E51", f"{shown}: {error}", f"`pip install '{driver}'`") from error
    except _raised() as error:
        said = (str(getattr(error, "orig", None) or error).splitlines() or [type(error).__name__])[0][:300]
        fix = "correct `query` or `connection` in nbcode.toml"
        raise RefusedFileError("E51", f"{shown}: {said}", fix) from error


def _raised() -> tuple[type[Exception], ...]:
    """What the databases raise; DuckDB where it was loaded: it is an extra."""
    import sqlalchemy as sa

    loaded = sys.modules.get("duckdb")
    found: list[type[Exception]] = [sa.exc.SQLAlchemyError, ValueError, OSError]
    return (*found, *(() if loaded is None else (loaded.Error,)))
