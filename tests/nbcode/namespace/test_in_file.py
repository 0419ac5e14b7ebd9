"""A place that knows only its cell, in the file that a reader opens."""

from __future__ import annotations

from nbcode.namespace import in_file
from nbcode.primitives import Diagnostic, Place, Related

FIRST_LINES = {2: 10, 3: 20}


def placed(**where: object) -> Place | None:
    one = Diagnostic(code="NBC-H01", message="raised", place=Place(**where))  # type: ignore[arg-type]
    return in_file(one, "n.py", FIRST_LINES).place


def test_line_n_of_a_cell_is_counted_from_where_its_source_begins() -> None:
    assert placed(cell=2, line=1) == Place(path="n.py", cell=2, line=1, file_line=10)
    assert placed(cell=3, line=4) == Place(path="n.py", cell=3, line=4, file_line=23)


def test_what_is_not_known_stays_unknown_and_what_is_known_stays() -> None:
    assert placed(cell=3) == Place(path="n.py", cell=3)
    assert placed(cell=9, line=4) == Place(path="n.py", cell=9, line=4), "of a file that is no text"
    assert placed(path="d.csv", line=4) == Place(path="d.csv", line=4)
    assert placed() == Place()
    nowhere = Diagnostic(code="NBC-H01", message="raised")
    assert in_file(nowhere, "n.py", FIRST_LINES) == nowhere


def test_the_places_that_explain_it_are_in_the_file_too() -> None:
    called = Related(message="called from here", place=Place(cell=3, line=1))
    one = Diagnostic(code="NBC-H01", message="raised", place=Place(cell=2, line=1), related=(called,))
    (found,) = in_file(one, "n.py", FIRST_LINES).related
    assert found.place == Place(path="n.py", cell=3, line=1, file_line=20)
