"""What the calls of one run show by themselves: rows in common, gaps, choices on tested rows."""

from nbcode.leaks.findings.batches import of_later_rows
from nbcode.leaks.findings.copies import copied
from nbcode.leaks.findings.facts import JUDGES, Facts
from nbcode.leaks.findings.in_sample_signals import in_sample
from nbcode.leaks.findings.settled import Settled
from nbcode.leaks.findings.stacked_models import passed_on
from nbcode.leaks.findings.tested_choices import choices

__all__ = [
    "JUDGES",
    "Facts",
    "Settled",
    "choices",
    "copied",
    "in_sample",
    "of_later_rows",
    "passed_on",
]
