"""What `nbcode.toml` says, and where a notebook's project and store are. Standard library only."""

from nbcode.configuration._files import find_upward
from nbcode.configuration._state import Trusted, UserState
from nbcode.configuration._store import loose, mark_store, require_writable, unmark_store
from nbcode.configuration.isolation import Isolation
from nbcode.configuration.keys import DATASET, FILE_NAME, KEYS, SAMPLE, Key, Kind, setting
from nbcode.configuration.pages import commented_file, reference_page
from nbcode.configuration.reading import ConfigReading, read_config
from nbcode.configuration.servers import JOURNAL_VARIABLE, Server
from nbcode.configuration.trust import TrustItem, TrustKind, refusal, trust_command
from nbcode.configuration.units import parse_duration_s, parse_size_bytes
from nbcode.configuration.values import Config, DatasetConfig, RunConfig, TableLayout
from nbcode.configuration.workspace import Workspace, cache_home, find_root, open_workspace, prepare_store

__all__ = [
    "DATASET",
    "FILE_NAME",
    "JOURNAL_VARIABLE",
    "KEYS",
    "SAMPLE",
    "Config",
    "ConfigReading",
    "DatasetConfig",
    "Isolation",
    "Key",
    "Kind",
    "RunConfig",
    "Server",
    "TableLayout",
    "TrustItem",
    "TrustKind",
    "Trusted",
    "UserState",
    "Workspace",
    "cache_home",
    "commented_file",
    "find_root",
    "find_upward",
    "loose",
    "mark_store",
    "open_workspace",
    "parse_duration_s",
    "parse_size_bytes",
    "prepare_store",
    "read_config",
    "reference_page",
    "refusal",
    "require_writable",
    "setting",
    "trust_command",
    "unmark_store",
]
