"""The value decorator beside the standard one: each test runs on both, so the standard one is the right value of each."""

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest

import nbcode
from nbcode.primitives import values

KIND = {"kw_only": True, "slots": True}
BOTH = pytest.mark.parametrize(
    "decorator", [dataclasses.dataclass, values.dataclass], ids=["standard", "ours"]
)
Decorator = Callable[..., Callable[[type], Any]]


@values.dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    x: int
    tags: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StandardPoint:
    x: int
    tags: tuple[str, ...] = ()


def made(decorator: Decorator, **kind: bool) -> Any:
    @decorator(**KIND, **kind)
    class Value:
        a: int
        b: list[int] = field(default_factory=list)
        note: str = field(default="n", compare=False)
        hidden: int = field(default=3, repr=False)
        held: int = field(default=4, init=False)

    return Value


@BOTH
def test_arguments_defaults_and_factories(decorator: Decorator) -> None:
    value = made(decorator, frozen=True)
    one, two = value(a=1), value(a=1)
    assert (one.a, one.b, one.note, one.hidden, one.held) == (1, [], "n", 3, 4)
    assert one.b is not two.b
    assert value(a=1, b=[2], hidden=5).hidden == 5
    assert not hasattr(one, "__dict__")


@BOTH
@pytest.mark.parametrize("given", [{}, {"a": 1, "c": 2}, {"a": 1, "held": 2}, {"c": 1}])
def test_wrong_arguments_are_a_type_error(decorator: Decorator, given: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="argument"):
        made(decorator, frozen=True)(**given)
    with pytest.raises(TypeError, match="positional"):
        made(decorator, frozen=True)(1)


def made_plain(decorator: Decorator) -> Any:
    @decorator(**KIND, frozen=True)
    class Value:
        a: int
        b: int = 2

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("a is negative")

    return Value


@BOTH
def test_plain_fields_are_filled_and_looked_at(decorator: Decorator) -> None:
    value = made_plain(decorator)
    assert [(one.a, one.b) for one in (value(a=1), value(b=4, a=3))] == [(1, 2), (3, 4)]
    with pytest.raises(ValueError, match="a is negative"):
        value(a=-1)


@BOTH
@pytest.mark.parametrize(
    "given", [{}, {"b": 1}, {"c": 1}, {"b": 1, "c": 1}, {"a": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}]
)
def test_wrong_arguments_of_plain_fields_are_a_type_error(
    decorator: Decorator, given: dict[str, int]
) -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'c'|missing 1 required.*'a'"):
        made_plain(decorator)(**given)


@BOTH
def test_values_compare_by_their_compared_fields(decorator: Decorator) -> None:
    value = made(decorator, frozen=True)
    assert value(a=1) == value(a=1, note="other")
    assert value(a=1) != value(a=2)
    assert value(a=1) != made(decorator, frozen=True)(a=1)
    assert {Point(x=1): 2}[Point(x=1)] == 2


@BOTH
def test_identity_where_eq_is_off_and_no_hash_where_not_frozen(decorator: Decorator) -> None:
    by_identity = made(decorator, frozen=True, eq=False)
    assert by_identity(a=1) != by_identity(a=1)
    assert len({by_identity(a=1), by_identity(a=1)}) == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(made(decorator)(a=1))


@BOTH
def test_frozen_fields_are_neither_set_nor_deleted(decorator: Decorator) -> None:
    one = made(decorator, frozen=True)(a=1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'a'"):
        one.a = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'a'"):
        del one.a
    free = made(decorator)(a=1)
    free.a = 2
    assert free.a == 2


@BOTH
def test_repr_names_the_shown_fields(decorator: Decorator) -> None:
    shown = repr(made(decorator, frozen=True)(a=1))
    assert shown.endswith("Value(a=1, b=[], note='n', held=4)")


@BOTH
def test_the_library_reads_it(decorator: Decorator) -> None:
    value = made(decorator, frozen=True)
    assert [f.name for f in dataclasses.fields(value)] == ["a", "b", "note", "hidden", "held"]
    assert dataclasses.replace(value(a=1, b=[7]), a=2) == value(a=2, b=[7])
    assert dataclasses.asdict(value(a=1)) == {"a": 1, "b": [], "note": "n", "hidden": 3, "held": 4}


@pytest.mark.parametrize("point", [Point, StandardPoint])
def test_copies_and_pickles_are_equal(point: Any) -> None:
    one = point(x=1, tags=("a",))
    assert one == copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one))
    assert point.__match_args__ == ()


@BOTH
def test_own_methods_stay_and_post_init_runs(decorator: Decorator) -> None:
    @decorator(**KIND, frozen=True)
    class Checked:
        a: int

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("negative")

        def __repr__(self) -> str:
            return "mine"

    assert repr(Checked(a=1)) == "mine"
    with pytest.raises(ValueError, match="negative"):
        Checked(a=-1)


@BOTH
def test_a_class_inherits_fields(decorator: Decorator) -> None:
    @decorator(**KIND, frozen=True)
    class Base:
        a: int
        b: int = 2

    @decorator(**KIND, frozen=True)
    class Derived(Base):
        c: int = 3

    assert repr(Derived(a=1)).endswith("Derived(a=1, b=2, c=3)")
    assert Derived(a=1) != Base(a=1)


@BOTH
def test_an_own_init_stays(decorator: Decorator) -> None:
    @decorator(**KIND, frozen=True, init=False)
    class Own:
        a: int

        def __init__(self, a: int) -> None:
            object.__setattr__(self, "a", a + 1)

    assert Own(1).a == 2


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match=r"use dataclasses\.dataclass"):
        values.dataclass(kw_only=False, slots=True)
    with pytest.raises(ValueError, match=r"use dataclasses\.dataclass"):
        values.dataclass(kw_only=True, slots=False)


def test_the_rooms_define_their_values_with_it() -> None:
    positional = {
        "results/own_code.py",
        "cells/local_names.py",
        "cells/scopes.py",
    }  # and the decorator itself, indented
    room = Path(nbcode.__file__).parent
    importing = {
        path.relative_to(room).as_posix()
        for path in room.rglob("*.py")
        if re.search(
            r"^from dataclasses import .*\bdataclass\b", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert importing == positional
