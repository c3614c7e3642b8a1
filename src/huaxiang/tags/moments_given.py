"""Tags from a SELECT or a file, for pairs of customer and moment."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.core.types import ibis_type
from huaxiang.tags.compiled import CompiledTag, Tables
from huaxiang.tags.moments_facts import KEY, MOMENT, PAIR, PAIRS, RECEIVED, KnownPairs
from huaxiang.tags.spec import SqlTag
from huaxiang.tags.sql import sql_at

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


def given_values(engine: Engine, tables: Tables, tag: CompiledTag, pairs: KnownPairs) -> ibis.Table | pa.Table:
    """The values of a tag from SQL or from a file: `customer_no` standing for the pair, and the tag's column.

    A SELECT sees the facts that were known at the moment, and customers, attributes and identifiers as the snapshot has
    them. A file says the same at every moment: what the snapshot read.
    """
    asked = engine.table(PAIRS)
    if not isinstance(tag.spec, SqlTag):
        profiles = engine.table("profiles")
        if tag.name not in profiles.columns:
            raise NotFoundError(f"Tag '{tag.name}' comes from a file that this snapshot did not read yet. Build again.")
        profiles = profiles.select(KEY, tag.name)
        return asked.select(KEY, PAIR).join(profiles, KEY).select(tag.name, **{KEY: PAIR})
    import pyarrow as pa

    parts = [
        engine.arrow(_selected(engine, tables, tag.spec, tag, moment), step=f"tag {tag.name}")
        for moment in pairs.moments
    ]
    return pa.concat_tables(parts)


def _selected(engine: Engine, tables: Tables, spec: SqlTag, tag: CompiledTag, moment: Moment) -> ibis.Table:
    """The tag's SELECT at one moment, for the pairs of that moment."""
    import ibis

    asked = engine.table(PAIRS)
    rows = engine.sql(_sql_before(spec, tables, moment), step=f"tag {tag.name}")
    mine = asked.filter(asked[MOMENT] == ibis.literal(moment.utc, type=asked[MOMENT].type()))
    joined = mine.join(rows, "customer_id")
    return joined.group_by(**{KEY: joined[PAIR]}).aggregate(
        **{tag.name: joined["value"].cast(ibis_type(tag.type)).max()}
    )


def _sql_before(spec: SqlTag, tables: Tables, moment: Moment) -> str:
    """The SELECT over what was known at `moment`: each fact table is replaced by its rows up to then."""
    from sqlglot import exp, parse_one

    tree = parse_one(sql_at(spec, moment), dialect="duckdb")
    own = {cte.alias for cte in tree.find_all(exp.CTE)}

    def known(node: Any) -> Any:
        if not isinstance(node, exp.Table) or node.name not in tables or node.name in own:
            return node
        return _rows_before(tables, node.name, moment.utc).subquery(node.alias or node.name)

    return tree.transform(known).sql(dialect="duckdb")


def _rows_before(tables: Tables, name: str, moment: datetime) -> Any:
    """The facts of a table up to `moment`, with `customer_id`."""
    from sqlglot import exp

    table = tables[name]
    stamp = exp.cast(exp.Literal.string(moment.isoformat()), "timestamptz")
    rows = (
        exp.select("facts.*", "customers.customer_id")
        .from_(exp.to_table(f"fact_{name}", alias="facts"))
        .join(exp.to_table("customers"), using=[KEY])
        .where(exp.column(table.time, "facts") < stamp)
    )
    if RECEIVED in table.names:
        received = exp.column(RECEIVED, "facts")
        rows = rows.where(exp.or_(received.is_(exp.null()), received <= stamp))
    return rows
