"""Build specs for the tests: one example, and a strategy over all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from nbcode.environment import LockedDistribution
from nbcode.inputs import Column, Formula, Role
from nbcode.primitives import Digest, digest_bytes
from nbcode.spec import (
    BuildSpec,
    Gate,
    Parameter,
    SnapshotReference,
    SpecCell,
    SpecDefinition,
    SpecEnvironment,
    SpecInput,
    SpecMeta,
)


def digest_of(text: str) -> Digest:
    return digest_bytes(text.encode())


EXAMPLE = BuildSpec(
    meta=SpecMeta(
        id="xsmom_v3",
        kind="model",
        horizon="10d",
        owner="team-mid-frequency-equities",
        description="",
        gates=(Gate(metric="rank_ic", op=">=", value="0.01"),),
    ),
    cells=(
        SpecCell(
            tag="features",
            source="# %% [features]\nturn = features.turnover(20)  # twenty sessions",
            code_digest=digest_of("turn"),
            defs=("turn",),
            refs=("features",),
        ),
        SpecCell(
            tag="model",
            source="# %% [model]\nm = Ridge().fit(X=[turn], y=fwd_ret_10d)",
            code_digest=digest_of("m"),
            defs=("m",),
            refs=("Ridge", "fwd_ret_10d", "turn"),
        ),
    ),
    definition=SpecDefinition(
        kind="declarative", digest=digest_of("definition"), plain={"features": [], "alpha": 1.0, "w": None}
    ),
    inputs=(
        SpecInput(
            name="sp500",
            role=Role.PRICES,
            uri="../shared/data/prices.parquet",
            digest=digest_of("prices"),
            size_bytes=2**60,
            schema=(Column(name="date", dtype="date32[day]"), Column(name="close", dtype="double")),
            as_of="2018-02-07",
            derive=(Formula(field="shares_outstanding", formula="market_cap_usd / price_usd"),),
            date_column="date",
            symbol_column="symbol",
        ),
    ),
    environment=SpecEnvironment(
        python_version="3.11",
        lock_source="uv.lock",
        lock_digest=digest_of("lock"),
        distributions=(LockedDistribution(name="numpy", version="2.4.6", hashes=("sha256:00",)),),
        image_digest=None,
        platform_key="linux-glibc2.36-x86_64_v3-cpython3.11.7",
    ),
    snapshot=SnapshotReference(
        commit="a" * 40, blob="b" * 40, notebook_digest=digest_of("notebook"), path="research/notebook.ipynb"
    ),
    parameters=(Parameter(name="alpha", type="float", value="1.0"),),
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
digests = st.binary(max_size=4).map(digest_bytes)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
plain_data = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def several(kind: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(kind, max_size=3).map(tuple)


specs: st.SearchStrategy[BuildSpec] = st.builds(
    BuildSpec,
    schema_version=st.just(1),
    build_type=st.just(EXAMPLE.build_type),
    meta=st.builds(
        SpecMeta,
        id=texts,
        kind=texts,
        horizon=texts,
        owner=texts,
        description=texts,
        gates=several(st.builds(Gate, metric=texts, op=texts, value=texts)),
    ),
    cells=several(
        st.builds(
            SpecCell, tag=texts, source=texts, code_digest=digests, defs=several(texts), refs=several(texts)
        )
    ),
    definition=st.builds(
        SpecDefinition, kind=st.sampled_from(["declarative", "python"]), digest=digests, plain=plain_data
    ),
    inputs=several(
        st.builds(
            SpecInput,
            name=texts,
            role=st.sampled_from(Role),
            uri=texts,
            digest=digests,
            size_bytes=st.integers(0, 2**80),
            schema=several(st.builds(Column, name=texts, dtype=texts)),
            as_of=st.none() | texts,
            derive=several(st.builds(Formula, field=texts, formula=texts)),
            date_column=texts,
            symbol_column=texts,
        )
    ),
    environment=st.builds(
        SpecEnvironment,
        python_version=texts,
        lock_source=st.sampled_from(["uv.lock", "pylock", "installed"]),
        lock_digest=digests,
        distributions=several(
            st.builds(LockedDistribution, name=texts, version=texts, hashes=several(texts), marker=texts)
        ),
        image_digest=st.none() | digests,
        platform_key=texts,
    ),
    snapshot=st.none()
    | st.builds(SnapshotReference, commit=texts, blob=texts, notebook_digest=digests, path=texts),
    parameters=several(
        st.builds(Parameter, name=texts, type=st.sampled_from(["bool", "int", "float", "str"]), value=texts)
    ),
)
