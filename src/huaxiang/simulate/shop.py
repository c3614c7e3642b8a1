"""Simulate the shop: block after block of people, what they do, what the shop's systems keep of it, and the truth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from huaxiang.core.errors import UsageError
from huaxiang.simulate import catalogue, facts, marketing, records, truth, voices
from huaxiang.simulate.behaviour import make_events
from huaxiang.simulate.columns import Array
from huaxiang.simulate.files import FACTS, FILES, write
from huaxiang.simulate.people import make_people
from huaxiang.simulate.purchases import make_orders
from huaxiang.simulate.world import AS_OF, Block, blocks
from huaxiang.simulate.writers import ParquetFiles

Progress = Callable[[int, int], None]
"""Called with the number of people done and of all."""


@dataclass(frozen=True)
class Summary:
    """What a simulation wrote. `rows` counts the rows of each source, without torn and repeated lines."""

    folder: Path
    customers: int
    seed: int
    rows: dict[str, int] = field(default_factory=dict)
    as_of: str = AS_OF.isoformat()

    @property
    def facts(self) -> int:
        """The number of all rows that say what somebody did or got."""
        return sum(count for source, count in self.rows.items() if source in FACTS)

    def as_dict(self) -> dict[str, object]:
        """The summary for JSON."""
        return {
            "customers": self.customers,
            "seed": self.seed,
            "as_of": self.as_of,
            "facts": self.facts,
            "rows": self.rows,
        }


def simulate_shop(folder: Path, customers: int, seed: int, progress: Progress | None = None) -> Summary:
    """Write a shop of `customers` people to `folder/data`, and the truth about them to `folder/truth`.

    Equal arguments give equal bytes. People are made in blocks that know nothing of each other: memory does not grow
    with their number, and the first blocks of a larger shop are those of a smaller one.

    Raises:
        UsageError: `customers` is not positive, `seed` is negative, or `folder/data` holds files of somebody else.
    """
    if customers < 1 or seed < 0:
        raise UsageError("simulate needs at least 1 customer, and a seed of 0 or more")
    marker = make_room(folder)
    rows: dict[str, int] = {}
    reach = np.zeros((2, len(marketing.CAMPAIGNS)), np.int64)
    with ParquetFiles(folder / "truth") as truths:
        for block in blocks(customers, seed):
            part = _simulate_block(block)
            _write(folder, block, part.tables, rows)
            for name, table in part.truths.items():
                truths.append(name, table)
            reach += part.reach
            if progress:
                progress(block.first + block.size, customers)
    shared = {
        "products": catalogue.products_table(),
        "campaigns": marketing.campaigns_table(),
        "spend": marketing.spend_table(reach[0], reach[1], seed),
    }
    _write(folder, Block(seed, 0, 0), shared, rows)
    summary = Summary(folder, customers, seed, rows)
    marker.write_text(json.dumps(summary.as_dict(), indent=2) + "\n", encoding="utf-8")
    return summary


@dataclass(frozen=True)
class _Part:
    """What comes of one block. `reach` counts touches sent and clicked by campaign."""

    tables: dict[str, pa.Table]
    truths: dict[str, pa.Table]
    reach: Array


def _simulate_block(block: Block) -> _Part:
    people = make_people(block)
    assigned = marketing.assign(block, people)
    orders = make_orders(block, people, assigned)
    events = make_events(block, people, orders)
    spent = np.bincount(orders.person[orders.sold], orders.amount[orders.sold], len(people))
    till = records.till_records(block, people, spent)
    known = {
        "crm": records.crm_records(block, people),
        **{f"till_{region}": part for region, part in till.items()},
        "app_users": records.app_records(block, people),
        "mini_users": records.mini_records(block, people),
        "web_logins": records.web_records(block, people),
    }
    left = np.flatnonzero(assigned.unsubscribed)
    tables = {
        **{name: part.table for name, part in known.items()},
        "orders": facts.orders_table(block, people, orders),
        "returns": facts.returns_table(block, people, orders),
        "order_lines": facts.lines_table(block, orders),
        **{f"{channel}_events": table for channel, table in facts.events_tables(block, people, events).items()},
        "tickets": voices.tickets_table(block, people, orders),
        "reviews": voices.reviews_table(block, people, orders),
        "answers": voices.answers_table(block, people),
        "relations": voices.relations_table(block, people),
        "consents": voices.consents_table(block, people, assigned.person[left], assigned.at[left] + 7_200),
        "touches": marketing.touches_table(block, people, assigned),
        "holdouts": marketing.holdouts_table(people, assigned),
    }
    if block.number == 0:
        tables["key_accounts"] = records.key_accounts_table(people, spent)
    sources = {file.table: file.source for file in FILES}
    truths = {
        "people": truth.people_truth(people, orders),
        "identity": truth.identity_truth(people, [(sources[name], part) for name, part in known.items()]),
        "response": marketing.response_truth(people, assigned),
    }
    size = len(marketing.CAMPAIGNS)
    sent, clicked = (np.bincount(assigned.campaign[a], minlength=size) for a in (assigned.treated, assigned.clicked))
    return _Part(tables, truths, np.stack((sent, clicked)))


def _write(folder: Path, block: Block, tables: dict[str, pa.Table], rows: dict[str, int]) -> None:
    for file in FILES:
        if file.table in tables:
            write(folder / "data", file, tables[file.table], block)
            rows[file.source] = rows.get(file.source, 0) + tables[file.table].num_rows


def make_room(folder: Path) -> Path:
    """Remove what an earlier simulation left and return the file that marks a simulation."""
    marker = folder / "truth" / "simulation.json"
    data = folder / "data"
    if data.exists() and any(data.iterdir()) and not marker.exists():
        raise UsageError(f"{data} holds files that no simulation wrote; move them away or choose another folder")
    for former in (data, folder / "truth"):
        if former.exists():
            shutil.rmtree(former)
    marker.parent.mkdir(parents=True)
    # Written first, so that a simulation that was killed can be repeated.
    marker.write_text("{}\n", encoding="utf-8")
    return marker
