"""The running pipeline killed twice: `kill_pipeline` does it as often as one likes.

This is the same experiment, short enough for every day: a file is half loaded, then
models are half built, with customer keys remembered that the files of another day
must not meet. `tests/publish` kills publishing itself.
"""

from __future__ import annotations

from pathlib import Path

from customer360.settings import Settings

from .kill_pipeline import KEYS, Moment, experiment

MOMENTS = [Moment("load", 0.5, group=False), Moment(KEYS, 0, group=True)]


def test_what_is_killed_leaves_no_trace_and_no_reader_notices(
    server: Settings, tmp_path: Path
) -> None:
    result = experiment(server.home, tmp_path, MOMENTS, records=200)

    assert [moment.step for moment in result.kills] == ["load", KEYS]
    assert result.remembered == 1
    # the state before and the last run at least
    assert result.published >= 2
    assert result.exports > 10
    assert min(result.readings.values()) > 10
