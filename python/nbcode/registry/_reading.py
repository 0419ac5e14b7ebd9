"""What the registry holds, asked of MLflow's client in few requests: versions, models, and, where figures are wanted, experiments and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nbcode.registry.registered import (
    TAG,
    Figures,
    RegisteredModel,
    StoredVersion,
    models_of,
    runs_wanted,
    with_figures,
)
from nbcode.registry.version import CANDIDATE

_VERSIONS_A_PAGE = 2000
_MODELS_A_PAGE = 1000
_EXPERIMENTS_A_PAGE = 1000
_RUNS_A_PAGE = 200
_OURS = f"tag.`{TAG}key` LIKE 'sha256:%'"


def read_registered(
    client: Any, model: str | None, figures: Figures, heard: Callable[[], None]
) -> tuple[RegisteredModel, ...]:
    """The models with versions of ours, or the one called ``model``. ``heard`` is called after each answer.

    Without figures two requests, with figures four, and one more for each further page. An older server is asked for each model.
    """
    if model is not None and "'" in model:  # no name of ours, and the end of the filter
        return ()
    named = [] if model is None else [f"name = '{model}'"]
    versions = pages(
        client.search_model_versions,
        heard,
        filter_string=" and ".join([*named, _OURS]),
        max_results=_VERSIONS_A_PAGE,
        order_by=["name ASC", "version_number ASC"],
    )
    stored = [
        StoredVersion(
            model=one.name,
            number=int(one.version),
            source=one.source or "",
            run_id=one.run_id or "",
            tags=one.tags,
        )
        for one in versions
    ]
    if not stored:
        return ()
    registered = list(
        pages(
            client.search_registered_models,
            heard,
            filter_string=" and ".join(named) or None,
            max_results=_MODELS_A_PAGE,
            order_by=["name ASC"],
        )
    )
    # A server that knows no prompts (2.15) gives none without the tag by which today's client leaves those out.
    for name in sorted({one.model for one in stored} - {one.name for one in registered}):
        registered.append(client.get_registered_model(name))
        heard()
    found = models_of(
        stored,
        {one.name: one.tags for one in registered},
        {one.name: int(one.aliases[CANDIDATE]) for one in registered if CANDIDATE in one.aliases},
    )
    wanted = runs_wanted(found, figures)
    return with_figures(found, _figures(client, found, wanted, heard)) if wanted else found


def _figures(
    client: Any, models: Sequence[RegisteredModel], runs: Sequence[str], heard: Callable[[], None]
) -> Mapping[str, Mapping[str, float]]:
    """The last metrics by run; those of a deleted run or experiment are not there."""
    names = {one.ran_for for model in models for one in model.versions}
    experiments = [
        one.experiment_id
        for one in pages(
            client.search_experiments,
            heard,
            filter_string=f"name = '{next(iter(names))}'" if len(names) == 1 else None,
            max_results=_EXPERIMENTS_A_PAGE,
        )
        if one.name in names
    ]
    found: dict[str, Mapping[str, float]] = {}
    for start in range(0, len(runs) if experiments else 0, _RUNS_A_PAGE):
        some = runs[start : start + _RUNS_A_PAGE]
        listed = ", ".join(f"'{run}'" for run in some)
        answer = client.search_runs(experiments, f"attributes.run_id IN ({listed})", max_results=len(some))
        heard()
        found |= {run.info.run_id: run.data.metrics for run in answer}
    return found


def pages(
    search: Callable[..., Any], heard: Callable[[], None] = lambda: None, **asked: Any
) -> Iterator[Any]:
    """Every result of ``search``, page after page; ``heard`` hears of each."""
    token = None
    while True:
        page = search(**asked, page_token=token)
        heard()
        yield from page
        token = page.token
        if not token:
            return
