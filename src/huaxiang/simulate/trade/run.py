"""Simulate a trade: its files in `data/`, and who everybody is in `truth/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from huaxiang.core.errors import UsageError
from huaxiang.simulate.columns import pick
from huaxiang.simulate.shop import make_room
from huaxiang.simulate.trade.customers import answers, app_users, consents, make_customers
from huaxiang.simulate.trade.purchases import make_goods, purchases, visits
from huaxiang.simulate.trade.spec import TradeSpec
from huaxiang.simulate.world import AS_OF, Block


def simulate_trade(folder: Path, spec: TradeSpec, customers: int, seed: int) -> dict[str, Any]:
    """Write the files of a trade with so many customers to `folder/data`, and their groups to `folder/truth`.

    Files and columns are those that the library `huaxiang/files` reads. Equal arguments give equal bytes. Returns the
    figures of the simulation: `customers`, `seed`, `as_of` and the `rows` of each file.

    Raises:
        UsageError: `customers` is not positive, `seed` is negative, or `folder/data` holds files of somebody else.
    """
    if customers < 1 or seed < 0:
        raise UsageError("simulate needs at least 1 customer, and a seed of 0 or more")
    marker = make_room(folder)
    block = Block(seed, 0, customers)
    people = make_customers(block, list(spec.groups.values()))
    goods = make_goods(block, spec)
    files = {
        "customers": people.table,
        "app_users": app_users(people),
        "products": goods.table,
        **purchases(block, people, spec, goods),
        "events": visits(block, people, spec, goods),
        "answers": answers(block, people, spec),
        "consents": consents(block, people),
    }
    (folder / "data").mkdir()
    for name, table in files.items():
        csv.write_csv(table, folder / "data" / f"{name}.csv")
    truth = pa.table({"member_no": people.member_no, "group": pick(list(spec.groups), people.group)})
    csv.write_csv(truth, folder / "truth" / "people.csv")
    rows = {name: table.num_rows for name, table in files.items()}
    figures = {"customers": customers, "seed": seed, "as_of": AS_OF.isoformat(), "rows": rows}
    marker.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures
