"""The filter of system calls as data: run by the rules of the kernel, on the machines that it is written for."""

from __future__ import annotations

import struct

import pytest

from nbcode.sandbox._seccomp import program

ALLOWED, REFUSED = 0x7FFF0000, 0x0005000D
X86_64, I386, AARCH64 = 0xC000003E, 0x40000003, 0xC00000B7
UNIX, INET, INET6, NETLINK, PACKET = 1, 2, 10, 16, 17


def answer(code: bytes, architecture: int, number: int, argument: int = 0, protocol: int = 0) -> int:
    """What the filter says of a call. (linux/filter.h: jumps count from the next instruction.)"""
    data = struct.pack("<IIQQQQ", number, architecture, 0, argument, 0, protocol)
    steps, at, held = [*struct.iter_unpack("<HBBI", code)], 0, 0
    while True:
        kind, yes, no, value = steps[at]
        at += 1
        if kind == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif kind == 0x06:
            return value
        else:
            at += yes if (held == value if kind == 0x15 else held >= value) else no


@pytest.mark.parametrize(
    ("machine", "architecture", "socket"), [("x86_64", X86_64, 41), ("aarch64", AARCH64, 198)]
)
def test_sockets_are_refused_but_for_unix_ones_and_nothing_else_is(
    machine: str, architecture: int, socket: int
) -> None:
    code = program(machine)
    assert [answer(code, architecture, socket, family) for family in (INET, INET6, PACKET)] == [REFUSED] * 3
    assert answer(code, architecture, socket, UNIX) == ALLOWED
    assert answer(code, architecture, socket, NETLINK, protocol=0) == ALLOWED, "lists the interfaces"
    assert {answer(code, architecture, socket, NETLINK, protocol=n) for n in range(1, 32)} == {REFUSED}
    assert answer(code, architecture, socket, UNIX + (INET << 32)) == ALLOWED, (
        "a family is an int: the rest of the register is none of it"
    )
    others = set(range(500)) - {socket, 425}
    assert {answer(code, architecture, number, INET) for number in others} == {ALLOWED}


def test_ways_round_it_are_refused() -> None:
    """The ring that makes sockets by itself, the calls of 32 bits, and those of x32, which have the same architecture."""
    code = program("x86_64")
    assert answer(code, X86_64, 425) == REFUSED
    assert answer(code, I386, 102) == REFUSED
    assert answer(code, X86_64, 0x40000000 + 41, INET) == REFUSED
    assert answer(code, AARCH64, 198, UNIX) == REFUSED


def test_a_machine_that_is_not_known_has_no_filter() -> None:
    with pytest.raises(OSError, match="no filter of system calls is written for riscv64"):
        program("riscv64")
