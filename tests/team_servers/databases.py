"""The servers of a team as the contract suites use them: databases of their own, by an account that is nobody's administrator.

``NBCODE_TEAM_SERVERS`` names the folder of ``make team-servers``; ``make e2e-team`` begins new ones and says so.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

from cluster.processes import Processes
from team_servers.team import ACCOUNTS, Team, known

VARIABLE = "NBCODE_TEAM_SERVERS"


def asked_for() -> Team | None:
    """The team that the environment names."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    processes = Processes(Path(folder).resolve() / "processes")
    found = known(Path(folder).resolve(), processes, processes)
    if found is None:
        raise FileNotFoundError(
            f"{VARIABLE}={folder} has no servers of a team: make team-servers FOLDER={folder}"
        )
    return found


class TeamDatabases:
    """In place of a PostgreSQL of the tests' own: over TCP, with a password, as an account that acts for the role ``journal``."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Its address; the password is in the environment, as nbcode wants it."""
        name, account = f"contract_{os.getpid()}_{next(self._numbers)}", ACCOUNTS[0]
        os.environ["PGPASSWORD"] = self.team.passwords[account]
        self.team.database.execute(f"CREATE DATABASE {name} OWNER journal;")
        self.team.database.execute(f"ALTER ROLE {account} IN DATABASE {name} SET role = 'journal';")
        return self.team.journal_uri(account).removesuffix("journal") + name
