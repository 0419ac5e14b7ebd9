"""The build spec: values, canonical bytes, identity. Pure."""

from nbcode.spec.build_spec import (
    BUILD_TYPE,
    SCHEMA_VERSION,
    BuildSpec,
    Gate,
    Parameter,
    SnapshotReference,
    SpecCell,
    SpecDefinition,
    SpecEnvironment,
    SpecInput,
    SpecMeta,
    SpecModule,
    SpecOutput,
)
from nbcode.spec.codec import SpecError, decode, encode
from nbcode.spec.identity import (
    differs_in_data_alone,
    identity,
    is_form_independent,
    made_from_digest,
    reads_the_same,
    spec_digest,
)
from nbcode.spec.schema import json_schema

__all__ = [
    "BUILD_TYPE",
    "SCHEMA_VERSION",
    "BuildSpec",
    "Gate",
    "Parameter",
    "SnapshotReference",
    "SpecCell",
    "SpecDefinition",
    "SpecEnvironment",
    "SpecError",
    "SpecInput",
    "SpecMeta",
    "SpecModule",
    "SpecOutput",
    "decode",
    "differs_in_data_alone",
    "encode",
    "identity",
    "is_form_independent",
    "json_schema",
    "made_from_digest",
    "reads_the_same",
    "spec_digest",
]
