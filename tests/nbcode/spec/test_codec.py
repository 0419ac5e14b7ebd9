"""BuildSpec <-> canonical bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes.specs import EXAMPLE, specs
from nbcode.primitives import Diagnostic, Json
from nbcode.spec import BuildSpec, SpecError, decode, encode, json_schema, spec_digest
from nbcode.spec.migrations import migrate

FEW = settings(max_examples=25, deadline=None)
LARGE = replace(
    EXAMPLE,
    definition=replace(
        EXAMPLE.definition, plain={"alpha": [1e16, -1e300, -0.0, 2**53 - 1, 2.0**53, -(2.0**53)]}
    ),
)
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


@FEW
@given(specs)
@example(LARGE)
def test_decoding_an_encoded_spec_gives_the_spec(spec: BuildSpec) -> None:
    assert decode(encode(spec)) == spec


@FEW
@given(specs)
@example(LARGE)
def test_encoding_a_decoded_spec_gives_the_bytes(spec: BuildSpec) -> None:
    assert encode(decode(encode(spec))) == encode(spec)


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53) + 1, 2.0**53, -(2.0**53), 2.0**53 + 2])
def test_a_number_at_the_edge_of_exact_integers_comes_back_as_what_it_was(number: float) -> None:
    """2**53 is written as its digits; as an integer it would have no canonical form."""
    spec = replace(EXAMPLE, definition=replace(EXAMPLE.definition, plain={"alpha": number}))
    read = decode(encode(spec)).definition.plain
    assert read == {"alpha": number}
    assert isinstance(read, dict)
    assert type(read["alpha"]) is type(number)


@FEW
@given(specs, st.randoms(use_true_random=False), st.sampled_from([None, 0, 3]), st.booleans())
def test_key_order_white_space_and_escapes_keep_the_digest(
    spec: BuildSpec, random: Random, indent: int | None, ascii_only: bool
) -> None:
    again = json.dumps(
        shuffled(json.loads(encode(spec)), random), indent=indent, ensure_ascii=ascii_only
    ).encode()
    assert decode(again) == spec
    assert spec_digest(decode(again)) == spec_digest(spec)


def shuffled(value: object, random: Random) -> object:
    if isinstance(value, dict):
        items = [(k, shuffled(v, random)) for k, v in value.items()]
        random.shuffle(items)
        return dict(items)
    return [shuffled(v, random) for v in value] if isinstance(value, list) else value


@FEW
@given(specs)
def test_every_spec_is_valid_by_the_schema(spec: BuildSpec) -> None:
    VALIDATOR.validate(json.loads(encode(spec)))


def test_two_thousand_re_encodings_keep_the_digest() -> None:
    random = Random(0)
    plain, digest = json.loads(encode(EXAMPLE)), spec_digest(EXAMPLE)
    separators = [(",", ":"), (", ", ": "), (" ,\n", "\t:  ")]
    for n in range(2000):
        text = json.dumps(shuffled(plain, random), separators=separators[n % 3], ensure_ascii=n % 2 == 0)
        assert spec_digest(decode(text.encode())) == digest


def without(plain: dict[str, object], key: str) -> dict[str, object]:
    return {k: v for k, v in plain.items() if k != key}


@pytest.mark.parametrize("key", [k for k in json.loads(encode(EXAMPLE)) if k != "schema_version"])
def test_codec_and_schema_both_want_every_field(key: str) -> None:
    plain = without(json.loads(encode(EXAMPLE)), key)
    assert not VALIDATOR.is_valid(plain)
    with pytest.raises(SpecError, match=r"NBC-I22.*missing"):
        decode(json.dumps(plain).encode())


DAMAGED = {
    "cut off": encode(EXAMPLE)[:-1],
    "empty": b"",
    "a list": b"[]",
    "not UTF-8": b"\xff\xfe",
    "no version": json.dumps(without(json.loads(encode(EXAMPLE)), "schema_version")).encode(),
    "version as text": encode(EXAMPLE).replace(b'"schema_version":1', b'"schema_version":"1"'),
    "version true": encode(EXAMPLE).replace(b'"schema_version":1', b'"schema_version":true'),
    "unknown field": encode(EXAMPLE).replace(b'{"build_type"', b'{"a":1,"build_type"'),
    "key twice": encode(EXAMPLE).replace(b'{"build_type"', b'{"build_type":"x","build_type"'),
    "size as number": encode(EXAMPLE).replace(b'"1152921504606846976"', b"1152921504606846976"),
    "size with zeros": encode(EXAMPLE).replace(b'"1152921504606846976"', b'"01"'),
    "short digest": encode(EXAMPLE).replace(EXAMPLE.definition.digest.encode(), b"sha256:00"),
    "unknown role": encode(EXAMPLE).replace(b'"prices"', b'"costs"'),
    "unknown kind": encode(EXAMPLE).replace(b'"declarative"', b'"other"'),
    "text for a list": encode(EXAMPLE).replace(b'"defs":["m"]', b'"defs":"m"'),
    "NaN": encode(EXAMPLE).replace(b'"alpha":1', b'"alpha":NaN'),
    "a number beyond all floats": encode(EXAMPLE).replace(b'"alpha":1', b'"alpha":1' + b"0" * 400),
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=list(DAMAGED))
def test_what_is_no_spec_is_refused_by_type(data: bytes) -> None:
    with pytest.raises(SpecError, match="NBC-I22") as refused:
        decode(data)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.cause


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_by_type(data: bytes) -> None:
    with pytest.raises(SpecError, match="NBC-I22"):
        decode(data)


def test_a_newer_version_is_refused_by_name() -> None:
    with pytest.raises(
        SpecError, match=r"NBC-I03 build spec of schema version 2; this nbcode reads version 1"
    ):
        decode(encode(replace(EXAMPLE, schema_version=2)))


def test_version_zero_was_never_written() -> None:
    with pytest.raises(SpecError, match=r"NBC-I03.*no version of nbcode wrote that"):
        decode(encode(replace(EXAMPLE, schema_version=0)))


def test_migrations_run_one_version_at_a_time_in_order() -> None:
    def renamed(old: str, new: str) -> object:
        return lambda plain: {(new if k == old else k): v for k, v in plain.items()}

    migrations: Mapping[int, object] = MappingProxyType({1: renamed("a", "b"), 2: renamed("b", "c")})
    plain: dict[str, Json] = {"schema_version": 1, "a": "x"}
    assert migrate(plain, migrations, current=3) == {"schema_version": 3, "c": "x"}  # type: ignore[arg-type]
    assert isinstance(migrate(plain, migrations, current=4), Diagnostic)  # type: ignore[arg-type]


@pytest.mark.parametrize("plain", [2**53, float("nan"), {"x": -(2**53)}])
def test_numbers_without_a_canonical_form_are_refused(plain: Json) -> None:
    spec = replace(EXAMPLE, definition=replace(EXAMPLE.definition, plain=plain))
    with pytest.raises(ValueError, match="canonical"):
        encode(spec)
