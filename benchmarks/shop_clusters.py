"""Whether clusters find the latent personas of the simulated shop, against its truth.

    python benchmarks/shop_clusters.py [CUSTOMERS] [--keep FOLDER]

A build finds clusters by the template `need`, of a given number and of a number of its own choice. The truth is read
here, after everybody was placed, to score; nothing of the product sees it. The unit is the customer whom the build
found, and whose the most of its records are. Scores are adjusted Rand indices: of those who were placed, and of
everybody, where those whom nobody placed are a cluster of their own.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import pandas as pd
from sklearn.metrics import adjusted_rand_score

import huaxiang as hx
from huaxiang.service.builds import Build
from huaxiang.service.examples import simulate_shop

DEFINITIONS = """\
clusters:
  eight: {template: need, clusters: 8}
  voted: {template: need}
  known_well: {template: need, clusters: 8, from: three_orders}
segments:
  three_orders: {where: order_count >= 3}
"""


def main(customers: int, folder: Path) -> None:
    shop = folder / f"shop_{customers}"
    if not (shop / "truth" / "identity.parquet").exists():
        simulate_shop(shop, customers=customers)
    shutil.rmtree(shop / ".huaxiang", ignore_errors=True)
    (shop / "segments" / "clusters.yml").write_text(DEFINITIONS, encoding="utf-8")
    with hx.load(shop).build() as build:
        seconds = {step["step"]: step["seconds"] for step in build.summary["steps"]}
        print(
            f"{customers} people, {build.summary['customers']} customers, {seconds['form segments']:.0f} s for segments"
        )
        persona = personas(build, shop)
        placed = build.engine.backend.table("cluster_members").to_pandas()
        for row in build.clusters():
            told = f"{row['clusters']} clusters, stability {row['stability']:.2f} " if row["stability"] else ""
            print(f"\n{row['name']}: {row['state']} {row['reason_en'] or ''}")
            print(f"    {told}({row['stability_low']:.2f} to {row['stability_high']:.2f}), chance {row['chance']:.0%}")
            print(f"    {row['placed']} of {row['customers']} placed, rules right for {row['agreement']:.0%}")
            score(placed[placed.clusters == row["name"]], persona)
            for group in build.cluster(row["name"])["groups"]:
                precision, recall = group["precision"] or 0, group["recall"] or 0
                size = "few" if group["hidden"] else group["size"]
                print(f"    {size:>6} {group['label_en']} · {group['label_zh']}: {precision:.0%}, {recall:.0%}")


def personas(build: Build, shop: Path) -> pd.Series:
    """The true persona of each customer, by number."""
    records = build.engine.backend.table("identity").select("customer_no", "source", "record_key").to_pandas()
    whose = pd.read_parquet(shop / "truth" / "identity.parquet")
    people = pd.read_parquet(shop / "truth" / "people.parquet").set_index("person_id").persona
    owned = records.merge(whose, on=["source", "record_key"])
    owner = owned.groupby("customer_no").person_id.agg(lambda ids: ids.value_counts().index[0])
    return owner.map(people).rename("persona")


def score(placed: pd.DataFrame, persona: pd.Series) -> None:
    known = placed.merge(persona, left_on="customer_no", right_index=True)
    sure = known[known.cluster.notna()]
    everybody = adjusted_rand_score(known.persona, known.cluster.fillna(0))
    share = len(sure) / max(1, len(known))
    ours = adjusted_rand_score(sure.persona, sure.cluster)
    print(f"    ARI {ours:.3f} of the {share:.0%} placed, {everybody:.3f} of all")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("customers", nargs="?", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="a folder where the simulated shop stays")
    given = parser.parse_args()
    if given.keep:
        main(given.customers, given.keep)
    else:
        with tempfile.TemporaryDirectory() as made:
            main(given.customers, Path(made))
