"""What only the journal on a server has: what the server refuses, told by its code and without a password."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.postgres import Cluster
from fakes.promotions import AT, begun
from nbcode.promotion import JournalError, LeaseHeldError
from nbcode.promotion._sql import SCHEMA_VERSION, AdvisoryLeases, open_postgres
from nbcode.promotion._sql.tables import METADATA

BEGUN = begun()


def test_a_journal_on_a_server_that_stays_locked_is_told(postgres: Cluster):
    import psycopg

    uri = postgres.new_database()
    open_postgres(uri).begin(BEGUN, b"")
    with psycopg.connect(uri) as other:
        other.execute("SELECT * FROM about FOR UPDATE")
        with pytest.raises(JournalError, match=r"NBC-I01 the journal is locked for more than 0\.2 s"):
            open_postgres(uri, wait_s=0.2).record(BEGUN, replace(BEGUN, who="other"))
        assert [p.who for p in open_postgres(uri).promotions()] == ["quant"]  # who reads waits for nobody
        other.rollback()


def test_a_journal_of_a_newer_nbcode_on_a_server_is_told(postgres: Cluster):
    uri = postgres.new_database()
    open_postgres(uri)
    database = uri.rpartition("@/")[2].partition("?")[0]
    postgres.execute("UPDATE alembic_version SET version_num = '99'", database)
    with pytest.raises(
        JournalError, match=rf"NBC-I03 the journal has schema 99, this nbcode has {SCHEMA_VERSION}"
    ):
        open_postgres(uri)


def test_the_tables_on_a_server_are_as_they_are_written_down(postgres: Cluster):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    journal = open_postgres(postgres.new_database())
    with journal._reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_user_who_may_not_make_tables_is_told_whom_to_ask(postgres: Cluster):
    uri = postgres.new_database()
    database = uri.rpartition("@/")[2].partition("?")[0]
    postgres.execute("CREATE ROLE guest LOGIN")
    postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database)
    with pytest.raises(JournalError, match=r"NBC-I15 the journal's server refuses\. .*permission denied"):
        open_postgres(uri.replace(f"{postgres.user}@", "guest@"))


@pytest.mark.parametrize("used", [open_postgres, lambda uri: AdvisoryLeases(uri, lambda: AT).free("k")])
def test_a_server_that_is_not_there_is_told_without_the_password(used):
    with pytest.raises(JournalError, match=r"NBC-I29 the journal's server cannot be used") as told:
        used("postgresql://quant:hunter2@127.0.0.1:1/journal")
    assert "hunter2" not in str(told.value)
    assert "@127.0.0.1:1/journal" in str(told.value)


@pytest.mark.parametrize("address", ["", "no address", "quant:hunter2@host/journal"])
def test_what_is_no_address_is_told_without_repeating_it(address: str):
    with pytest.raises(JournalError, match=r"NBC-I15 the journal's address is none") as told:
        open_postgres(address)
    assert "hunter2" not in str(told.value)


def test_a_lease_whose_connection_the_server_ended_is_let_go_without_a_word(postgres: Cluster):
    """The holder is idempotent, and the journal refuses what it writes too late: to end it here would lose its work."""
    uri = postgres.new_database()
    leases = AdvisoryLeases(uri, lambda: AT)
    with leases.acquire("k", wait_s=0):
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nbcode %'"
        )
        with leases.acquire("k", wait_s=300):
            pass
    assert leases.free("k")


def test_a_name_that_another_database_user_holds_is_refused_too_and_the_holder_named(postgres: Cluster):
    uri = postgres.new_database()
    postgres.execute("CREATE ROLE visitor LOGIN")
    theirs = AdvisoryLeases(uri.replace(f"{postgres.user}@", "visitor@"), lambda: AT)
    with AdvisoryLeases(uri, lambda: AT).acquire("k", wait_s=0):
        assert not theirs.free("k")
        with (
            pytest.raises(LeaseHeldError, match=r"held by process \d+ on .* since 2026"),
            theirs.acquire("k", wait_s=0),
        ):
            pass
    with theirs.acquire("k", wait_s=0):
        pass
