from .rendering import Manifest as Manifest
from .rendering import images_of as images_of
from .rendering import rendered as rendered
from .target import NAMESPACE as NAMESPACE
from .target import Target as Target
from .target import digest_of as digest_of
from .target import endpoint_of as endpoint_of
from .target import target as target
