"""``nbcode explain CODE``: the manual page of a diagnostic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcode.diagnostics import all_codes, explain_code, normal_code
from nbcode.primitives import Diagnostic, NbcodeError, dataclass, nearest

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import ExplainOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """A code's page: title, and the text with why, what is wrong and what is right."""

    code: str
    title: str
    text: str

    def to_json(self) -> ExplainOutput:
        """The same, as JSON."""
        return {"code": self.code, "title": self.title, "text": self.text}


def explain(code: str) -> Explanation:
    """Explain ``D04``, ``NBC-D04``, ``nbc-d04`` or ``NB101``.

    Raises:
        NbcodeError: for a code that does not exist, with the nearest one.
    """
    page = explain_code(code)
    if page is None:
        wanted = normal_code(code)
        near = nearest(wanted, [known.lower() for known in all_codes()])
        raise NbcodeError(
            [
                Diagnostic(
                    code="NBC-B00",
                    message=f"unknown code {code[:40]!r}"
                    + (f": did you mean {near.upper()}?" if near else ""),
                    cause="codes are a letter and two digits, such as D04",
                    fixes=("run nbcode explain without a code for the list",),
                )
            ]
        )
    return Explanation(code=page.code, title=page.title, text=page.text)
