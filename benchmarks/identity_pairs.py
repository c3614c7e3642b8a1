"""How long deterministic identity takes: `python benchmarks/identity_pairs.py [CUSTOMERS]`.

Each customer has two records (crm with phone and e-mail, pos with phone and member number) and one combination of
facts (openid and member number): at the default of 1,700,000 customers about 10 million pairs of text.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import ibis

from huaxiang.identity import Previous, resolve_identity, with_customer
from huaxiang.identity.spec import IdentitySpec
from huaxiang.store import DuckEngine


def main(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.duckdb"
        with DuckEngine.open(file, threads=2, memory="6GB", temporary=Path(folder) / "spill") as engine:
            tables = write_tables(engine, customers)
            begun = time.perf_counter()
            result = resolve_identity(engine, tables, IdentitySpec())
            told("first build", begun)
            copies = {
                name: engine.create(f"former_{name}", getattr(result, name), step="copy")
                for name in ("customers", "identity", "identifiers")
            }
            begun = time.perf_counter()
            result = resolve_identity(engine, tables, IdentitySpec(), Previous(**copies))
            told("second build", begun)
            begun = time.perf_counter()
            engine.create("attached", with_customer(tables["events"], result.identifiers, result.types), step="attach")
            told("facts attached", begun)
            for entry in sorted(engine.log, key=lambda entry: -entry.seconds)[:14]:
                print(f"  {entry.seconds:6.1f} s  {entry.step} ({entry.rows})")
            print(engine.rows(result.customers.count().as_table(), step="count"))


def write_tables(engine: DuckEngine, customers: int) -> dict[str, ibis.Table]:
    engine.backend.con.execute(
        f"""
        CREATE TABLE accepted_records AS
        SELECT 'crm' AS _source, 'c' || n AS _record_key, 'crm.csv' AS _file, n AS _row,
               '1' || (3000000000 + n) AS id_phone,
               'user' || n || '@mail.cn' AS id_email, NULL::VARCHAR AS id_member_no,
               TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(n % 1000) AS recorded_at, 'name' || n AS name,
               'f' AS gender, 'city' || n % 400 AS city, n % 5000 AS points
        FROM range({customers}) AS r(n)
        UNION ALL
        SELECT 'pos', 'p' || n, 'pos.csv', n, '1' || (3000000000 + n), NULL, 'M' || n,
               TIMESTAMPTZ '2026-02-01 00:00:00+00', NULL, 'm', 'city' || n % 300, n % 700
        FROM range({customers}) AS r(n);
        CREATE TABLE accepted_events AS
        SELECT 'app' AS _source, 'e' || n AS _record_key, 'o' || n % {customers} AS id_openid,
               CASE WHEN n % 2 = 0 THEN 'M' || n % {customers} END AS id_member_no, n AS value
        FROM range({customers * 4}) AS r(n)
        """
    ).fetchall()
    return {"records": engine.table("accepted_records"), "events": engine.table("accepted_events")}


def told(what: str, begun: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    processor = time.process_time()
    print(f"{what}: {time.perf_counter() - begun:.1f} s, peak {peak:.2f} GiB, processor so far {processor:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_700_000)
