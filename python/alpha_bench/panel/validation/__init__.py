"""What is odd about a panel: counted, with every place, why it matters and what to do. Nothing is repaired.

Errors (a panel that cannot be used) are raised while reading; everything here is a note or a warning that a report shows.
"""

from alpha_bench.panel.validation.checks import validate
from alpha_bench.panel.validation.findings import Finding, Place
from alpha_bench.panel.validation.report import Validation

__all__ = ["Finding", "Place", "Validation", "validate"]
