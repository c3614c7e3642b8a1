"""The known truth, kept apart from the shop's data: who everybody is and which records are whose."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from huaxiang.simulate.columns import join, labelled, utc
from huaxiang.simulate.people import EDUCATION, INCOME, MARITAL, OCCUPATIONS, People
from huaxiang.simulate.personas import CATEGORIES, PERSONAS, UPLIFT
from huaxiang.simulate.places import CITIES, PROVINCE_SPELLINGS, TIER_NAMES, TIER_OF
from huaxiang.simulate.purchases import Orders
from huaxiang.simulate.records import Records


def people_truth(people: People, orders: Orders) -> pa.Table:
    """One row per person: attributes, what drives them, what they did."""
    n = len(people)
    sold = orders.sold
    churned, baby = people.churned, people.baby > 0
    never = np.zeros(n, np.int64)
    owner = np.where(people.household >= 0, people.household, people.index)
    household = join("H", pa.array(owner).cast(pa.string()))
    return pa.table(
        {
            "person_id": people.person_id,
            "name": people.name,
            "gender": labelled(["male", "female"], people.female.astype(np.int64)),
            "birthday": pa.array(people.birthday),
            "province": labelled([PROVINCE_SPELLINGS[c.province][0] for c in CITIES], people.city),
            "city": labelled([c.name for c in CITIES], people.city),
            "city_tier": labelled(TIER_NAMES, TIER_OF[people.city]),
            "occupation": labelled(OCCUPATIONS, people.occupation),
            "education": labelled(EDUCATION, people.education),
            "income_band": labelled(INCOME, people.income),
            "marital_status": labelled(MARITAL, people.marital),
            "children": pa.array(people.children.astype(np.int32)),
            "phone": people.phone,
            "email": people.email,
            "household": household,
            "shares_phone": pa.array((people.household >= 0) & (people.household != people.index)),
            "persona": labelled([p.name for p in PERSONAS], people.persona),
            "favourite_category": labelled(CATEGORIES, people.favourite),
            "price_sensitivity": pa.array(np.round(people.sensitivity, 4)),
            "quality": labelled(["budget", "middle", "premium"], people.quality),
            "brand_loyal": pa.array(people.loyal),
            "night_owl": pa.array(people.night),
            "satisfaction": pa.array(np.round(people.satisfaction, 4)),
            "uplift_class": labelled(UPLIFT, people.uplift),
            "new_parent": pa.array(people.new_parent),
            "baby_birth_month": pa.array(
                np.where(baby, people.baby, never)
                .astype("datetime64[s]")
                .astype("datetime64[M]")
                .astype("datetime64[D]"),
                mask=~baby,
            ),
            "joined_at": utc(people.joined),
            "churned": pa.array(churned),
            "churned_at": pa.array(
                np.where(churned, people.churn - 8 * 3600, never).astype("datetime64[s]"), mask=~churned
            ).cast(pa.timestamp("ms", "UTC")),
            "paid_orders": pa.array(np.bincount(orders.person[sold], minlength=n)),
            "paid_amount": pa.array(
                np.round(np.bincount(orders.person[sold], (orders.amount + orders.shipping)[sold], n), 2)
            ),
        }
    )


def identity_truth(people: People, sources: list[tuple[str, Records]]) -> pa.Table:
    """One row per record of the given sources: whose it is."""
    ids = people.person_id
    names = list(dict.fromkeys(name for name, _ in sources))
    return pa.concat_tables(
        pa.table(
            {
                "source": labelled(names, np.full(len(part.person), names.index(name))),
                "record_key": part.key,
                "person_id": ids.take(pa.array(part.person)),
            }
        )
        for name, part in sources
    )
