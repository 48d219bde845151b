"""Only a build that is whole and tested may be published: by the records of dbt."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from customer360.errors import UserError
from customer360.publish import publish

MODEL = "model.shop."
LATER = "(select max(finished_at) from ops.dbt_results) + interval '1 minute'"


def refused(shop) -> str:
    """Why nothing is published; what readers see must not have changed."""
    before = shop.rows("select count(*) from ops.publications", role="publisher")
    with pytest.raises(UserError) as refusal:
        publish(shop.settings)
    after = shop.rows("select count(*) from ops.publications", role="publisher")
    assert before == after
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).startswith("Nothing was published: ")
    assert str(refusal.value).endswith(
        ". Run customer360 dbt build, without --select, put right what fails in it, "
        "and publish again."
    )
    return str(refusal.value)


def record(shop, node_id: str, status: str = "success") -> None:
    """Record one more run of one node, as its own invocation of dbt."""
    shop.execute(
        "with invocation as (insert into ops.dbt_invocations "
        "(invocation_id, command, started_at, finished_at) "
        f"select gen_random_uuid()::text, 'run', {LATER}, {LATER} "
        "returning invocation_id) "
        "insert into ops.dbt_results "
        f"select invocation_id, %s, %s, {LATER} from invocation",
        node_id,
        status,
    )


def test_id(shop, name: str) -> str:
    [(node_id,)] = shop.rows(
        "select distinct node_id from ops.dbt_results "
        "where node_id like 'test.shop.' || %s || '%%'",
        name,
        role="publisher",
    )
    return node_id


test_id.__test__ = False


def test_nothing_recorded_nothing_published(shop):
    shop.execute("delete from ops.dbt_invocations")
    assert "customer_360 has never been built" in refused(shop)


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("model.shop.customer_360", "model customer_360"),
        ("model.shop.stg_people", "model stg_people"),
        ("seed.shop.people", "seed people"),
    ],
)
@pytest.mark.parametrize("status", ["error", "skipped"])
def test_whatever_the_marts_are_made_from_must_have_been_built(
    shop, node, name, status
):
    record(shop, node, status)
    assert f"the last build of {name} ended as '{status}'" in refused(shop)


def test_what_went_by_keys_that_were_taken_back_is_refused(shop):
    shop.rows("select ops.take_back()", role="transformer")
    assert publish(shop.settings).is_new, "there was nothing to take back"
    shop.execute("update ops.settlement set is_pending = true")
    shop.rows("select ops.take_back()", role="transformer")
    assert "took back the customer keys and match weights" in refused(shop)
    shop.dbt("build")
    assert not publish(shop.settings).is_new


def test_a_model_that_is_newer_than_its_child_is_refused(shop):
    record(shop, MODEL + "int_people")
    assert "customer_360 is older than int_people" in refused(shop)


def test_ephemeral_models_are_seen_through(shop):
    # int_people reads stg_people through int_spending too
    record(shop, MODEL + "stg_people")
    assert "int_people is older than stg_people" in refused(shop)


def test_a_test_that_has_not_run_since_the_build_is_refused(shop):
    record(shop, MODEL + "customer_360")
    record(shop, MODEL + "fct_transactions")
    reason = refused(shop)
    assert "customer_key has not run since customer_360 was built" in reason
    assert "(and 3 more)" in reason


def test_a_test_that_was_never_run_is_refused(shop):
    shop.execute(
        "delete from ops.dbt_results where node_id = %s",
        test_id(shop, "no_unwanted_segment"),
    )
    assert "test no_unwanted_segment has never run" in refused(shop)


@pytest.mark.parametrize("status", ["fail", "error", "skipped"])
def test_a_test_that_did_not_pass_is_refused(shop, status):
    record(shop, test_id(shop, "no_unwanted_segment"), status)
    assert f"test no_unwanted_segment ended as '{status}'" in refused(shop)


def test_only_the_latest_result_counts(shop):
    node = test_id(shop, "no_unwanted_segment")
    record(shop, node, "fail")
    record(shop, node, "pass")
    record(shop, MODEL + "customer_360", "error")
    record(shop, MODEL + "customer_360", "success")
    reason = refused(shop)
    assert "ended as" not in reason
    for name in ("not_null", "unique_customer", "relationships"):
        record(shop, test_id(shop, name), "pass")
    # fct_transactions does not read customer_360, but its test does
    assert publish(shop.settings).is_new


def test_a_test_with_severity_warn_stops_nothing(shop):
    record(shop, test_id(shop, "segments_are_known"), "error")
    assert publish(shop.settings).is_new


def test_what_no_mart_needs_stops_nothing_but_its_test_must_be_new(shop):
    record(shop, MODEL + "int_private", "success")
    assert "private_segments_are_published has not run since int_private" in refused(
        shop
    )
    record(shop, test_id(shop, "private_segments_are_published"), "pass")
    assert publish(shop.settings).is_new


def test_a_run_that_never_ended_makes_all_before_it_worthless(shop):
    shop.execute(
        "insert into ops.dbt_invocations (invocation_id, command) "
        "values ('killed', 'seed')"
    )
    reason = refused(shop)
    assert re.search(
        r"dbt seed, started at .* UTC, has not ended \(it was inter", reason
    )
    assert "(and 12 more)" in reason


def test_a_run_that_never_ended_before_a_whole_build_stops_nothing(shop):
    shop.execute(
        "insert into ops.dbt_invocations (invocation_id, command, started_at) "
        "values ('killed', 'build', '2020-01-01')"
    )
    assert publish(shop.settings).is_new


def test_what_failed_is_named_before_what_was_skipped_for_it(shop):
    record(shop, MODEL + "customer_360", "skipped")
    record(shop, test_id(shop, "relationships"), "fail")
    assert "published: test relationships" in refused(shop)
    record(shop, MODEL + "stg_people", "error")
    assert "published: the last build of model stg_people" in refused(shop)


def test_the_console_lists_the_reasons(shop):
    record(shop, MODEL + "int_people", "error")
    record(shop, MODEL + "stg_people", "skipped")
    console = Console(file=io.StringIO(), width=40)
    with pytest.raises(UserError):
        publish(shop.settings, console=console)
    lines = console.file.getvalue().splitlines()
    assert "  the last build of model int_people ended as 'error'" in lines
    assert "  the last build of model stg_people ended as 'skipped'" in lines


# ---- with dbt itself -----------------------------------------------------


def test_dbt_itself_fails_and_then_succeeds(shop):
    publish(shop.settings)

    two = ("--vars", "{version: 2, unwanted_segment: Lost}")
    shop.dbt("build", *two, succeeds=False)
    assert "test no_unwanted_segment ended as 'fail'" in refused(shop)
    assert shop.rows("select distinct version from published.segment_summary") == [(1,)]

    shop.dbt("build", "--vars", "{version: 3}")
    assert publish(shop.settings).updated == 13
    assert shop.rows("select distinct version from published.segment_summary") == [(3,)]


def kill_dbt(shop, *args: str) -> None:
    """Start dbt and kill it in mid-run."""
    dbt = shop.start_dbt(*args)
    query = "select count(*) from ops.dbt_invocations where finished_at is null"
    [(before,)] = shop.rows(query, role="publisher")
    while shop.rows(query, role="publisher") == [(before,)]:
        assert dbt.process.is_alive(), dbt.wait()
        time.sleep(0.01)
    dbt.kill()


def test_after_a_killed_build_only_a_whole_one_is_published(shop):
    kill_dbt(shop, "build", "--vars", "{version: 2}")
    assert "dbt build, started at " in refused(shop)

    shop.dbt("build", "--vars", "{version: 2}", "--select", "+customer_360")
    assert "dbt build, started at " in refused(shop)

    shop.dbt("build", "--vars", "{version: 2}")
    assert publish(shop.settings).is_new


def test_after_an_empty_build_nothing_is_published(shop):
    shop.dbt("run", "--empty", "--select", "segment_summary")
    assert "or was --empty" in refused(shop)


def test_killed_tests_have_changed_nothing_and_stop_nothing(shop):
    kill_dbt(shop, "test")
    assert publish(shop.settings).is_new


def test_machines_whose_clocks_differ_agree_on_what_came_last(shop):
    """Each of these would be taken for older, or newer, than it is."""
    shop.dbt("build", "--vars", "{version: 2}", hours=1)
    assert publish(shop.settings).is_new

    two = ("--vars", "{version: 3, unwanted_segment: Lost}")
    shop.dbt("build", *two, hours=-1, succeeds=False)
    assert "test no_unwanted_segment ended as 'fail'" in refused(shop)

    shop.dbt("build", "--vars", "{version: 3}")
    assert publish(shop.settings).is_new


def test_old_runs_of_dbt_are_forgotten_but_for_what_publishing_asks_for(shop):
    shop.execute(
        "insert into ops.dbt_invocations (invocation_id, command, started_at) values "
        "('killed', 'build', '2020-01-03'), "
        "('killed before', 'build', '2020-01-02'), "
        "('tests killed', 'test', '2020-01-04')"
    )
    record(shop, MODEL + "renamed_since")
    for _ in range(5):
        record(shop, MODEL + "stg_people", "error")
    shop.execute(
        "insert into ops.dbt_results "
        "select invocation_id, 'model.shop.stg_people', 'success', finished_at "
        "from ops.dbt_results where node_id like '%%.renamed_since'"
    )
    for table, column in (("results", "finished_at"), ("invocations", "started_at")):
        long_ago = f"{column} - interval '1 year'"
        shop.execute(f"update ops.dbt_{table} set {column} = {long_ago}")

    shop.dbt("build")

    assert publish(shop.settings).is_new
    kept = shop.rows(
        "select command, array_agg(distinct split_part(node_id, '.', 3)) "
        "from ops.dbt_invocations left join ops.dbt_results using (invocation_id) "
        "where node_id is null or node_id like 'model.%%' "
        "group by invocation_id order by started_at",
        role="publisher",
    )
    built = ["customer_360", "fct_transactions", "int_people", "int_private"]
    assert kept == [
        ("build", [None]),
        ("run", ["renamed_since"]),
        ("run", ["stg_people"]),
        ("run", ["stg_people"]),
        ("build", [*built, "segment_summary", "stg_people"]),
    ]
