"""Fit match weights to the pairs of a schema, without labels, when they are due."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import psycopg
from rich.console import Console

from customer360 import warehouse
from customer360.identity import em, observations
from customer360.identity.drift import drift, level_shares
from customer360.identity.fits import OPS, Fits, RememberedFit
from customer360.identity.model import classes_in, compared_fields
from customer360.identity.observations import Observed
from customer360.identity.parameters import (
    Parameter,
    parameters_of,
    read_seed,
    stand_ins,
)
from customer360.identity.report import outcome, report
from customer360.identity.soundness import why_not_fitted, why_not_sound
from customer360.settings import Settings

_MODELS = "intermediate"


@dataclass(frozen=True)
class FitResult:
    """The parameters that are in use from now on."""

    fit: RememberedFit
    parameters: tuple[Parameter, ...]
    is_new: bool
    """False when the newest fit stays as it is."""
    drift: float | None
    """How far the pairs have moved since the fit before, as a multiple of what they
    may before another is due; None without one."""
    seconds: float = 0.0
    """That it took, the reading included."""

    @property
    def outcome(self) -> str:
        """What came of it, as the words of a sentence."""
        return outcome(
            self.fit, is_new=self.is_new, drift=self.drift, seconds=self.seconds
        )


def fit(
    settings: Settings,
    schema: str | None = None,
    *,
    again: bool = False,
    is_settled: bool = True,
    wait: float = 0,
    console: Console | None = None,
) -> FitResult:
    """Fit the parameters to the pairs that dbt has compared, and remember them.

    The pipeline's pairs into `ops`, or those of another schema into that one. As
    long as the pairs have not drifted the newest fit stays, but with `again`; the
    same pairs give the same fit, and nothing is written. What can't be fitted gets
    the parameters of the seed, and a reason. With `is_settled`, later runs go by what
    is in use then; else only if it is published. One transaction.

    UserError: the pairs have not been compared yet, the database can't be reached,
    or a run has it and has not ended after `wait` seconds.
    """
    started = time.monotonic()
    warehouse.ensure_ready(settings)
    with warehouse.connect(
        settings, "transformer", application_name="customer360 identity fit"
    ) as connection:
        if schema is None:
            warehouse.keep_runs_away(connection, wait=wait)
        result = _fit(settings, connection, schema, again)
        if is_settled:
            Fits(connection, schema or OPS).settle(result.fit.fit_id)
    result = replace(result, seconds=time.monotonic() - started)
    if console:
        report(console, result.fit, result.parameters, outcome=result.outcome)
    return result


def _fit(
    settings: Settings,
    connection: psycopg.Connection,
    schema: str | None,
    again: bool,
) -> FitResult:
    observed = observations.read(connection, schema or _MODELS)
    fits = Fits(connection, schema or OPS)
    newest = fits.newest()
    moved = None
    if newest and newest.definitions == observed.definitions:
        moved = drift(newest.level_shares, newest.records, observed)
        is_due = again or newest.origin == "fallback" or moved > 1
        if newest.fit_id == observed.fingerprint() or not is_due:
            parameters = tuple(fits.parameters(newest.fit_id))
            return FitResult(newest, parameters, is_new=False, drift=moved)
    found, parameters = _estimate(settings, observed)
    fits.remember(found, parameters)
    return FitResult(found, tuple(parameters), is_new=True, drift=moved)


def _estimate(
    settings: Settings, observed: Observed
) -> tuple[RememberedFit, list[Parameter]]:
    pairs = observed.pairs
    fields = compared_fields(observed.fields, pairs.candidates)
    reason = why_not_fitted(pairs, len(fields))
    found = None
    if reason is None:
        found = em.fit(observed.fields, observed.classes, pairs)
        reason = why_not_sound(found, pairs)
    if found is not None and reason is None:
        parameters = parameters_of(found)
    else:
        parameters = stand_ins(
            read_seed(settings.dbt_project_dir / "seeds"),
            classes_in(observed.classes, fields),
            fields,
            pairs,
        )
    remembered = RememberedFit(
        fit_id=observed.fingerprint(),
        origin="fallback" if reason else "fitted",
        reason=reason,
        definitions=observed.definitions,
        records=pairs.records,
        possible_pairs=pairs.possible_pairs,
        candidate_pairs=int(pairs.candidates.total),
        rounds=found.rounds if found else None,
        has_converged=found.has_converged if found else None,
        log_likelihood=found.log_likelihood if found else None,
        level_shares=level_shares(observed),
    )
    return remembered, parameters
