"""What a model reads is fitted before dbt builds it, in the same run of dbt.

The models before it have the data to fit to, and those after it use what was found:
two runs of dbt with a fit between them would start, read the project and look at
the database twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from dbt.flags import get_flags
from dbt.task.run import ModelRunner
from dbt_common.events.base_types import EventLevel
from dbt_common.events.functions import fire_event
from dbt_common.events.types import Note
from dbt_common.exceptions import DbtRuntimeError

from customer360.errors import UserError
from customer360.pipeline.messages import without_values
from customer360.settings import Settings

FIT = "fit"
"""In a model's `meta`: what is fitted before the model is built."""


def fit_before_models(tell: Callable[[str, str], None]) -> None:
    """Have dbt fit what a model's `meta` says, if that is due, then build the model.

    `tell` hears of the model, by its unique id, and of what came of the fit. A fit
    that fails is the model's failure.
    """
    begin = ModelRunner.before_execute

    def begin_with_fit(self: ModelRunner) -> None:
        begin(self)
        wanted = self.node.config.meta.get(FIT)
        flags = get_flags()
        # without rows, or with a few of them, it would take them for all there are
        if wanted is None or flags.EMPTY or getattr(flags, "SAMPLE", None):
            return
        outcome = _fit(wanted, self.config)
        tell(self.node.unique_id, outcome)
        fire_event(Note(msg=f"{wanted}: {outcome}"), level=EventLevel.INFO)

    ModelRunner.before_execute = begin_with_fit


def _fit(wanted: str, config: Any) -> str:
    if wanted not in _FITS:
        known = ", ".join(_FITS)
        raise DbtRuntimeError(f"meta: there is no fit {wanted}, but {known}")
    try:
        return _FITS[wanted](config)
    except UserError as error:
        raise DbtRuntimeError(str(error)) from None
    except psycopg.Error as error:
        raise DbtRuntimeError(without_values(str(error))) from None


def _match_weights(config: Any) -> str:
    from customer360.identity.fit import fit

    # an evaluation has its records in a schema of its own, which it names in --vars
    variables = config.vars.to_dict() | config.cli_vars
    schema = variables["identity_schema"]
    return fit(Settings.from_env(), schema, is_settled=False).outcome


_FITS: dict[str, Callable[[Any], str]] = {"match_weights": _match_weights}
