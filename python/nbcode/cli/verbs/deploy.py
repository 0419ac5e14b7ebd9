"""`nbcode deploy`."""

from __future__ import annotations

from nbcode.cli.beside import told
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.deployment import target
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What was typed."""

    namespace: str
    image: str
    controller_image: str
    store: str
    endpoint: str | None
    region: str | None


def run(asked: Asked, *, program: Program, output: Output) -> int:
    """Print the manifests: to whoever reads YAML as YAML, and as objects in JSON."""
    found = program.commands.deploy(
        target(
            namespace=asked.namespace,
            image=asked.image,
            controller_image=asked.controller_image,
            store=asked.store,
            endpoint=asked.endpoint,
            region=asked.region,
        )
    )
    if not output.as_json:
        output.document(found.text.rstrip("\n"))
    output.value(found.to_json())
    told(found.diagnostics, output)
    return 0
