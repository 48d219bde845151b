"""What dbt has built last, as far as it says who is who: read, never written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from customer360 import warehouse
from customer360.errors import UserError
from customer360.identity.weighing import Likelihood, Model
from customer360.settings import Settings

Row = dict[str, Any]
Pair = tuple[int, int]

PASSES: Mapping[int, Mapping[str, str]] = {
    1: {
        "clusters": "int_identity__first_clusters",
        "scores": "int_identity__member_scores",
        "likely": "int_identity__scores",
        "comparisons": "int_identity__comparisons",
        "rarities": "int_identity__value_rarities",
        "parameters": "int_identity__profile_parameters",
    },
    2: {
        "clusters": "int_identity__second_clusters",
        "scores": "int_identity__second_member_scores",
        "likely": "int_identity__second_scores",
        "comparisons": "int_identity__second_comparisons",
        "rarities": "int_identity__second_value_rarities",
        "parameters": "int_identity__second_parameters",
    },
}
_RECORD = """
    select
        customer_record_key, customer_key, system, entity, source_record_id,
        given_name, family_name, email, phone, address, postcode, city, country_code,
        issued_id_match, email_match, updated_at
    from intermediate.int_customer_records
    inner join intermediate.int_identity__customers using (customer_record_key)
"""


class Evidence:
    """One snapshot of the models that resolve customers."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self._models: dict[int, Model] = {}

    def rows(self, query: str, *values: object) -> list[Row]:
        """All rows of a query."""
        return self._connection.execute(query, values).fetchall()

    def _of_pass(
        self, number: int, table: str, query: str, *values: object
    ) -> list[Row]:
        """All rows of a query on a table of a pass, which it calls {}."""
        name = sql.Identifier("intermediate", PASSES[number][table])
        return self._connection.execute(sql.SQL(query).format(name), values).fetchall()

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return self.rows("select to_regclass(%s) is not null as found", table)[0][
            "found"
        ]

    # ---- records -------------------------------------------------------------

    def record(self, system: str, entity: str, record_id: str) -> Row | None:
        """A record by what its source calls it."""
        found = self.rows(
            f"{_RECORD} where system = %s and entity = %s and source_record_id = %s",
            *(system, entity, record_id),
        )
        return found[0] if found else None

    def customers(self, customer_keys: Iterable[str]) -> list[Row]:
        """The records of these customers, in one order."""
        return self.rows(
            f"{_RECORD} where customer_key = any(%s) "
            "order by system, entity, source_record_id",
            list(customer_keys),
        )

    def links(self, records: Collection[str]) -> list[Row]:
        """Links between any two of these records; where some of what links put
        together had to be parted again, each pair that shares something."""
        return self.rows(
            """
            select record_key, other_record_key, rule
            from intermediate.int_identity__links
            where record_key = any(%s) and other_record_key = any(%s)
            union
            select record_key, other_record_key, rule
            from intermediate.int_identity__contested_links
            where record_key = any(%s) and other_record_key = any(%s)
            order by record_key, other_record_key, rule
            """,
            *(list(records),) * 4,
        )

    def overrides(self, records: Collection[str]) -> list[Row]:
        """What was decided by hand about these records, and which those are."""
        return self.rows(
            """
            select
                pairs.kind,
                pairs.record_key,
                pairs.other_record_key,
                this.system || ':' || this.entity || ':' || this.source_record_id
                    as record,
                other.system || ':' || other.entity || ':' || other.source_record_id
                    as other_record,
                overrides.reason,
                overrides.created_by
            from intermediate.int_identity__override_pairs as pairs
            inner join staging.stg_identity__overrides as overrides
                on pairs.override_id = overrides.override_id
            inner join intermediate.int_customer_records as this
                on pairs.record_key = this.customer_record_key
            inner join intermediate.int_customer_records as other
                on pairs.other_record_key = other.customer_record_key
            where pairs.record_key = any(%s) or pairs.other_record_key = any(%s)
            order by record, other_record
            """,
            *(list(records),) * 2,
        )

    def contradictions(
        self, records: Collection[str], others: Collection[str]
    ) -> list[str]:
        """What speaks against it that identifiers link some of these to the others."""
        found = self.rows(
            """
            select distinct reasons
            from intermediate.int_identity__contradictions
            where (record_key = any(%s) and other_record_key = any(%s))
                or (record_key = any(%s) and other_record_key = any(%s))
            order by reasons
            """,
            *(list(records), list(others), list(others), list(records)),
        )
        return [row["reasons"] for row in found]

    def components(self, records: Collection[str]) -> dict[str, str]:
        """What links have put each of these records into."""
        return {
            row["node"]: row["component"]
            for row in self.rows(
                "select node, component from intermediate.int_identity__components "
                "where node = any(%s)",
                list(records),
            )
        }

    def rejections(self, records: Collection[str]) -> list[Row]:
        """Guards that concern these records, by identifier."""
        return self.rows(
            "select customer_record_key, identifier_type, identifier_value, guard, "
            "reason from intermediate.int_identity__rejections "
            "where customer_record_key = any(%s) "
            "order by identifier_type, identifier_value, guard, customer_record_key",
            list(records),
        )

    # ---- matching --------------------------------------------------------------

    def is_matched(self) -> bool:
        """Whether the last build matched anybody, and its models are those."""
        if not self.has("intermediate.int_identity__clusters"):
            return False
        return bool(
            self.rows(
                "select 1 from marts.bridge_customer_identities "
                "where model_version is not null limit 1"
            )
        )

    def profiles(self, records: Collection[str]) -> dict[int, dict[str, int]]:
        """The profile of each of these records, in the first and the second pass."""
        found = self.rows(
            """
            select
                records.customer_record_key,
                profiles.profile_id,
                clusters.cluster as second_profile_id
            from intermediate.int_identity__records as records
            inner join intermediate.int_identity__profiles as profiles
                on records.profile_key = profiles.profile_key
            inner join intermediate.int_identity__first_clusters as clusters
                on profiles.profile_id = clusters.node
            where records.customer_record_key = any(%s)
            """,
            list(records),
        )
        return {
            1: {row["customer_record_key"]: row["profile_id"] for row in found},
            2: {row["customer_record_key"]: row["second_profile_id"] for row in found},
        }

    def clusters(self, number: int, profiles: Collection[int]) -> dict[int, int]:
        """The cluster of each of these profiles in a pass."""
        return {
            row["node"]: row["cluster"]
            for row in self._of_pass(
                *(number, "clusters"),
                "select node, cluster from {} where node = any(%s)",
                list(profiles),
            )
        }

    def members(self, number: int, clusters: Iterable[int]) -> dict[int, list[int]]:
        """The profiles of each of these clusters in a pass."""
        found: dict[int, list[int]] = {}
        for row in self._of_pass(
            *(number, "clusters"),
            "select node, cluster from {} where cluster = any(%s) order by node",
            list(clusters),
        ):
            found.setdefault(row["cluster"], []).append(row["node"])
        return found

    def weights(
        self, number: int, profiles: Collection[int], table: str = "scores"
    ) -> dict[Pair, Row]:
        """Vector, and weight where it is known, of all pairs of these profiles."""
        return {
            (row["profile_id"], row["other_profile_id"]): {"weight": None, **row}
            for row in self._of_pass(
                *(number, table),
                "select * from {} where profile_id = any(%s) "
                "and other_profile_id = any(%s)",
                *(list(profiles), list(profiles)),
            )
        }

    def rarities(self, number: int, profiles: Collection[int]) -> dict[int, Row]:
        """How rare the values of each of these profiles are in a pass."""
        return {
            row["profile_id"]: row
            for row in self._of_pass(
                *(number, "rarities"),
                "select * from {} where profile_id = any(%s)",
                list(profiles),
            )
        }

    def model(self, number: int) -> Model:
        """The parameters of a pass."""
        if number not in self._models:
            self._models[number] = self._read_model(number)
        return self._models[number]

    def _read_model(self, number: int) -> Model:
        parameters = self._of_pass(
            *(number, "parameters"),
            "select class, is_match, field, level, log_probability, follows_u from {}",
        )
        levels = self.rows(
            "select field, position, level, label "
            "from intermediate.int_identity__comparison_levels order by position, level"
        )
        return Model(
            shares={
                (row["is_match"], row["class"]): row["log_probability"]
                for row in parameters
                if row["field"] is None
            },
            likelihoods={
                (row["class"], row["field"], row["level"]): Likelihood(
                    row["log_probability"], bool(row["follows_u"])
                )
                for row in parameters
                if row["field"] is not None
            },
            levels={(row["field"], row["level"]): row["label"] for row in levels},
            fields=list(dict.fromkeys(row["field"] for row in levels)),
        )

    def fit(self) -> Row | None:
        """The fit that the weights are of; None when it is the seed."""
        found = self.rows(
            "select fit_id, fitted_at, origin, reason, records, candidate_pairs "
            "from ops.identity_fits where fit_id in "
            "(select fit_id from intermediate.int_identity__newest_fit)"
        )
        return found[0] if found else None


@contextmanager
def read_evidence(settings: Settings) -> Iterator[Evidence]:
    """Give an `Evidence` on one snapshot, of a connection that can write nothing.

    UserError: dbt has not built the customers yet.
    """
    with warehouse.connect(
        settings, "transformer", application_name="customer360 explain"
    ) as connection:
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.row_factory = dict_row
        try:
            yield Evidence(connection)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise UserError(
                "The customers have not been built yet: run customer360 run first."
            ) from None
