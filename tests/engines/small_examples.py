"""The examples at a small size, and what of the built-in library neither of them has the data for."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from huaxiang.service.examples import prepare

CUSTOMERS = 200
HOUSEHOLDS = 60

_SOURCES = """sources:
  panel:
    path: data/panel.csv
    key: number
    feeds:
      - table: records
        identifiers: {phone: mobile}
        columns: {country: country, district: district, company: company, job_title: title, account_id: account}
      - table: accounts
        columns: {account_id: account, company: company, industry: "'通信'", size: "'large'"}
      - table: events
        identifiers: {phone: mobile}
        columns: {event_id: number, occurred_at: at, name: "'page_viewed'", city: town}
      - table: reviews
        identifiers: {phone: mobile}
        columns: {review_id: number, occurred_at: at, sentiment: mood, text: "'好'"}
      - table: touches
        identifiers: {phone: mobile}
        columns: {occurred_at: at, campaign: "'panel'", channel: "'sms'", action: "'sent'", cost: fee}
"""


_COLUMNS = (
    "number", "mobile", "country", "district", "company", "title", "account", "at", "town", "mood", "fee",
)  # fmt: skip


def shop(folder: Path) -> Path:
    """The simulated shop, with one more source: a panel that knows of companies, districts, moods and costs."""
    prepare("shop", folder, customers=CUSTOMERS)
    (folder / "sources" / "panel.yml").write_text(_SOURCES, encoding="utf-8")
    with (folder / "identity.yml").open("a", encoding="utf-8") as file:
        file.write("\naccounts:\n  by: [account_id, company]\n")
    crm = sorted((folder / "data" / "crm").glob("*.csv"))[0]
    with crm.open(encoding="utf-8-sig", newline="") as file:
        phones = [row["mobile"] for row in csv.DictReader(file) if row["mobile"]][:30]
    titles, towns = ("总经理", "采购", "CFO", ""), ("广州", "杭州市", "成都")
    with (folder / "data" / "panel.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for i, phone in enumerate(phones):
            at = f"2026-0{1 + i % 6}-{10 + i % 15} 0{i % 10}:30:00"
            rows.writerow(
                (i, phone, "中国", f"第{i % 3}区", f"公司{i % 7}有限公司", titles[i % 4], f"A{i % 7}", at, towns[i % 3],
                 round(i / 30 - 0.5, 3), f"{i % 4}.05")
            )  # fmt: skip
    return folder


def grocery(folder: Path) -> Path:
    """The Complete Journey of some households, and the products that they bought."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    prepare("grocery", folder)
    data = folder / "data"
    who = pc.unique(pq.read_table(data / "demographics.parquet")["household_id"])[:HOUSEHOLDS]
    for file in data.glob("*.parquet"):
        table = pq.read_table(file)
        if "household_id" in table.column_names:
            pq.write_table(table.filter(pc.is_in(table["household_id"], who)), file, coerce_timestamps="us")
    bought = pq.read_table(data / "transactions.parquet")["product_id"]
    products = pq.read_table(data / "products.parquet")
    pq.write_table(products.filter(pc.is_in(products["product_id"], bought)), data / "products.parquet")
    return folder


def built_aside(*folders: Path) -> subprocess.Popen[bytes]:
    """Build projects one after the other in a process of its own, while this one does something else."""
    code = (
        "import sys; from huaxiang.service.api import load; [load(folder).build().close() for folder in sys.argv[1:]]"
    )
    # S603: the command is ours.
    return subprocess.Popen([sys.executable, "-c", code, *map(str, folders)])
