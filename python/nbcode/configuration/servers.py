"""The servers that a project uses, and who named them: nbcode.toml, or the user's own environment where that is silent. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbcode.configuration.keys import setting
from nbcode.primitives import Diagnostic, NbcodeError, dataclass, has_userinfo

NAMED_BY_THE_USER = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
"""Environment variables with which the user, and no repository, names a registry's server."""
JOURNAL_VARIABLE = "NBCODE_JOURNAL_URI"
"""The same for the journal's."""

STORE_VARIABLE = "NBCODE_STORE"
"""The same for the object store of a cluster's runs."""

NAMESPACE_VARIABLE = "NBCODE_NAMESPACE"
"""The same for the namespace of a cluster's runs: a controller is told its own."""

SEEN_BY_MANY = "nbcode.toml is meant for git, and an address for every log"
JOURNAL_CREDENTIALS = "write the address without it, and set PGPASSWORD, or a line in ~/.pgpass"
JOURNAL_EXAMPLE = '"postgresql://db.example/nbcode"'
_JOURNAL = re.compile(
    r"postgresql://(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?P<rest>[^?#]*(?:\?(?P<query>[^#]*))?)"
)
_OPTIONS = frozenset(
    ("host", "port", "sslmode", "sslrootcert", "channel_binding", "require_auth", "target_session_attrs")
)
"""What an address may say of the connection: nothing that names a secret, or settings of the session."""


_OBJECTS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]+)*/?")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_CLUSTER_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PROCESSORS = re.compile(r"[0-9]{1,4}m|[0-9]{1,3}(\.[0-9])?")
_FORMS = {
    "store": (_OBJECTS, "s3://bucket or s3://bucket/prefix, with no credentials in it"),
    "endpoint": (_ENDPOINT, "https://host or https://host:9000, with no credentials in it"),
    "namespace": (_CLUSTER_NAME, "a name of Kubernetes: a-z, 0-9 and -"),
    "template": (_CLUSTER_NAME, "a name of Kubernetes: a-z, 0-9 and -"),
    "cpu": (_PROCESSORS, "2, 0.5 or 500m"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """An address, and the environment variable that named it; None where nbcode.toml did."""

    uri: str
    variable: str | None = None
    option: str = ""

    def named_by(self, *key: str) -> str:
        """Who named it, for a text; ``key`` is the setting that could have."""
        if self.option:
            return self.option
        return setting(*key) if self.variable is None else f"{self.variable} of your environment"


def registry_server(uri: str | None, environment: Mapping[str, str]) -> Server | None:
    """The registry's: ``uri`` of nbcode.toml, else a server that the environment names for MLflow. None is the store's own
    registry; files and databases that the environment names are MLflow's own, and no server."""
    if uri is not None:
        return Server(uri=uri)
    named = environment.get(NAMED_BY_THE_USER[0], "").strip()
    if named.startswith(("http://", "https://")):
        return Server(uri=named, variable=NAMED_BY_THE_USER[0])
    return None


def journal_server(uri: str | None, environment: Mapping[str, str]) -> Server | None:
    """The journal's: ``uri`` of nbcode.toml, else what the environment names. None is SQLite in the store."""
    if uri is not None:
        return Server(uri=uri)
    named = environment.get(JOURNAL_VARIABLE, "").strip()
    return Server(uri=named, variable=JOURNAL_VARIABLE) if named else None


def holds_password(uri: str) -> bool:
    """Whether the journal's address holds more than a user's name."""
    found = _JOURNAL.fullmatch(uri)
    return has_userinfo(f"postgresql://{found['rest']}" if found else uri)


def journal_refusal(uri: str) -> str:
    """Why the text is no address of a journal, or an empty text."""
    found = _JOURNAL.fullmatch(uri)
    if found is None:
        return "expected postgresql://host/database, or postgresql://user@host:5432/database"
    names = [part.partition("=")[0] for part in (found["query"] or "").split("&") if part]
    unknown = [name for name in names if name not in _OPTIONS]
    if unknown:
        return f"an address may say {', '.join(sorted(_OPTIONS))}, and not {unknown[0]}"
    return ""


def cluster_store(uri: str | None, environment: Mapping[str, str]) -> str:
    """The address of the object store of a cluster's runs: ``uri`` of nbcode.toml, else what the environment names.

    Raises ``NbcodeError`` (NBC-H40) where neither does, or the environment's is none.
    """
    named = uri or environment.get(STORE_VARIABLE, "").strip()
    if named and not cluster_refusal("store", named):
        return named
    said = (
        f"{STORE_VARIABLE} cannot be {named!r}"
        if named
        else "no object store is named for runs on the cluster"
    )
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-H40",
                message=said,
                cause="what is run travels to the cluster through it",
                fixes=(
                    f"set {STORE_VARIABLE}=s3://BUCKET/PREFIX, as who runs the cluster says",
                    f"write s3://BUCKET/PREFIX as {setting('argo', 'store')}",
                ),
            )
        ]
    )


def cluster_namespace(named: str, usual: str, environment: Mapping[str, str]) -> str:
    """The namespace of a cluster's runs: what nbcode.toml names, else what the environment does, else the usual one.

    Raises ``NbcodeError`` (NBC-K03) where the environment's is none.
    """
    said = environment.get(NAMESPACE_VARIABLE, "").strip()
    if not said or named != usual:
        return named
    if problem := cluster_refusal("namespace", said):
        told = Diagnostic(
            code="NBC-K03",
            message=f"{NAMESPACE_VARIABLE} cannot be {said!r}",
            cause=problem,
            fixes=(f"unset {NAMESPACE_VARIABLE}", f"set {NAMESPACE_VARIABLE}={usual}"),
        )
        raise NbcodeError([told])
    return said


def cluster_refusal(name: str, value: str) -> str:
    """Why the text cannot be ``name`` of ``[argo]``, or an empty text."""
    form, said = _FORMS.get(name, (None, ""))
    return "" if form is None or form.fullmatch(value) else f"expected {said}"


def journal_problem(server: Server | None) -> Diagnostic | None:
    """What is wrong with an address that the environment names; those of nbcode.toml are read with it."""
    if server is None or server.variable is None:
        return None
    if holds_password(server.uri):
        return Diagnostic(
            code="NBC-C35",
            message=f"{server.variable} holds a password",
            cause="an environment is read by every program that it starts, and an address stands in every log",
            fixes=(JOURNAL_CREDENTIALS,),
        )
    cause = journal_refusal(server.uri)
    if cause:
        return Diagnostic(
            code="NBC-C31",
            message=f"{server.variable} cannot be {server.uri!r}",
            cause=cause,
            fixes=(f"set {server.variable}={JOURNAL_EXAMPLE.strip(chr(34))}", f"unset {server.variable}"),
        )
    return None
