"""Where candidates live. The door: values, the port, and what may go wrong there.

Names: the candidates of model ``<id>`` are the versions of the registered model ``<id>``, the newest of them under the
alias ``candidate``. What is in production will be another registered model, ``<id>.production``: a model id has no
dot, so the two never meet, and each can have its own writers (any editor of an MLflow model may set any alias).
Nothing here ever writes the second.
"""

from nbcode.registry._collecting import collectable
from nbcode.registry._texts import owned_by_another
from nbcode.registry.beside import beside_differences
from nbcode.registry.port import NO_FILES, Exclusive, Registry, RegistryError, no_failpoint
from nbcode.registry.registered import Figures, RegisteredModel, RegisteredVersion
from nbcode.registry.version import CANDIDATE, FRAMEWORK, NOTEBOOK, ModelVersion, Registration, local_folder

__all__ = [
    "CANDIDATE",
    "FRAMEWORK",
    "NOTEBOOK",
    "NO_FILES",
    "Exclusive",
    "Figures",
    "ModelVersion",
    "RegisteredModel",
    "RegisteredVersion",
    "Registration",
    "Registry",
    "RegistryError",
    "beside_differences",
    "collectable",
    "local_folder",
    "no_failpoint",
    "owned_by_another",
]
