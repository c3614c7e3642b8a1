"""Which file each simulated table becomes: its place, format, encoding and dirt. One row per table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from huaxiang.simulate import writers
from huaxiang.simulate.world import Block


@dataclass(frozen=True)
class File:
    """Where a table goes. `{part}` in the path is the number of the block.

    `source` is the source of the example project that reads it, `facts` whether its rows say what somebody did or got.
    `repeated` is the share of rows written twice, `broken` the share of torn lines.
    """

    table: str
    source: str
    path: str
    facts: bool = True
    format: Literal["csv", "jsonl", "parquet", "excel", "sqlite"] = "csv"
    encoding: str = "utf-8"
    repeated: float = 0.0
    broken: float = 0.0


FILES = (
    File("products", "products", "products.csv", facts=False),
    File("crm", "crm", "crm/customers-{part}.csv", False, encoding="utf-8-sig", repeated=0.003, broken=0.001),
    File("till_east", "till", "till/members-east-{part}.csv", False, encoding="gb18030", repeated=0.002, broken=0.001),
    File(
        "till_north", "till", "till/members-north-{part}.csv", False, encoding="gb18030", repeated=0.002, broken=0.001
    ),
    File(
        "till_south", "till", "till/members-south-{part}.csv", False, encoding="gb18030", repeated=0.002, broken=0.001
    ),
    File("till_west", "till_west", "till/members-west-{part}.xlsx", False, "excel"),
    File("app_users", "app_users", "app/users-{part}.jsonl", False, "jsonl"),
    File("mini_users", "mini_users", "mini/users-{part}.parquet", False, "parquet"),
    File("web_logins", "web_logins", "web/logins-{part}.csv", False),
    File("orders", "orders", "orders/orders-{part}.csv", repeated=0.002, broken=0.0005),
    File("returns", "returns", "orders/returns-{part}.csv"),
    File("order_lines", "order_lines", "orders/lines-{part}.parquet", format="parquet"),
    File("app_events", "app_events", "events/app-{part}.parquet", format="parquet"),
    File("mini_events", "mini_events", "events/mini-{part}.parquet", format="parquet"),
    File("web_events", "web_events", "events/web-{part}.parquet", format="parquet"),
    File("tickets", "tickets", "service/tickets-{part}.csv"),
    File("reviews", "reviews", "reviews/reviews-{part}.jsonl", format="jsonl"),
    File("answers", "answers", "surveys/answers-{part}.csv"),
    File("relations", "relations", "social/relations-{part}.csv"),
    File("consents", "consents", "consents/consents-{part}.jsonl", format="jsonl"),
    File("touches", "touches", "marketing/campaigns.db", format="sqlite"),
    File("holdouts", "holdouts", "marketing/campaigns.db", False, "sqlite"),
    File("key_accounts", "key_accounts", "lists/key_accounts.csv", facts=False),
    File("campaigns", "campaigns", "marketing/campaigns.db", False, "sqlite"),
    File("spend", "spend", "marketing/campaigns.db", False, "sqlite"),
)
"""The files in the order of writing."""

FACTS = frozenset(file.source for file in FILES if file.facts)


def write(folder: Path, file: File, table: pa.Table, block: Block) -> None:
    """Write the part of a table that belongs to a block."""
    path = folder / file.path.format(part=f"{block.number:03d}")
    path.parent.mkdir(parents=True, exist_ok=True)
    match file.format:
        case "csv":
            random = block.random(f"file {file.table}")
            writers.write_csv(
                path,
                table,
                encoding=file.encoding,
                repeated=writers.positions(random, table.num_rows, file.repeated),
                broken=writers.positions(random, table.num_rows, file.broken),
            )
        case "jsonl":
            writers.write_jsonl(path, table)
        case "parquet":
            writers.write_parquet(path, table)
        case "excel":
            writers.write_excel(path, table, sheet="会员")
        case "sqlite":
            writers.append_sqlite(path, file.table, table)
