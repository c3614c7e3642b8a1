"""The products of the simulated shop. All brands are invented.

Products form a regular grid – category × subcategory × brand × variant – so that a product is found by arithmetic.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from huaxiang.simulate.columns import Array, cents, day_text, digits, join, money, pick, scattered
from huaxiang.simulate.personas import CATEGORIES
from huaxiang.simulate.world import DAY, START

# Category → four subcategories with their usual price in yuan.
SUBCATEGORIES: dict[str, tuple[tuple[str, float], ...]] = {
    "手机数码": (("耳机", 299), ("手机", 2499), ("平板电脑", 1899), ("智能手表", 799)),
    "服饰鞋包": (("连衣裙", 239), ("T恤", 89), ("休闲鞋", 259), ("双肩包", 189)),
    "美妆护肤": (("面膜", 99), ("口红", 139), ("精华液", 269), ("防晒霜", 119)),
    "母婴": (("纸尿裤", 139), ("婴儿奶粉", 268), ("辅食", 49), ("婴儿车", 899)),
    "食品生鲜": (("零食", 36), ("水果", 49), ("牛奶", 59), ("粮油", 79)),
    "家居日用": (("纸巾", 32), ("洗衣液", 45), ("床上用品", 229), ("收纳", 39)),
    "运动户外": (("跑鞋", 459), ("运动服", 199), ("瑜伽垫", 89), ("露营装备", 359)),
    "图书文娱": (("小说", 39), ("教辅", 45), ("文具", 22), ("桌游", 99)),
    "家用电器": (("电饭煲", 329), ("空气炸锅", 279), ("扫地机器人", 1599), ("电风扇", 169)),
    "健康保健": (("维生素", 89), ("血压计", 239), ("按摩仪", 299), ("蛋白粉", 199)),
}

# Category → two budget, two middle and two premium brands.
BRANDS: dict[str, tuple[str, ...]] = {
    "手机数码": ("橙粒", "极豆", "星澜", "云驰", "曜川", "臻视"),
    "服饰鞋包": ("布朵朵", "衣简", "木言", "森序", "澜衣", "锦上白"),
    "美妆护肤": ("花小颜", "草木记", "沐初", "见雪", "绮岚", "兰臻"),
    "母婴": ("小芽儿", "贝乐乐", "安芽", "优朵", "慕恩", "瑞初"),
    "食品生鲜": ("馋小二", "乡谷", "鲜农道", "山味集", "臻食坊", "御禾"),
    "家居日用": ("洁惠", "家省", "棉语", "净朗", "素然", "栖木"),
    "运动户外": ("劲步", "跃野", "驰岳", "拓峰", "凌巅", "极原"),
    "图书文娱": ("书芽", "墨点", "知行馆", "青简", "典藏阁", "文渊里"),
    "家用电器": ("惠家电", "小炊", "澄电", "悦居", "睿晟", "铂岚"),
    "健康保健": ("康小惠", "益民堂", "养元记", "衡健", "臻养", "博岚"),
}

VARIANTS = (("标准款", 1.0), ("轻享款", 0.82), ("升级款", 1.28))
_QUALITY_PRICE = np.array([0.62, 0.70, 1.0, 1.12, 2.1, 2.6])

SUBS, PER_CATEGORY, OPTIONS = 4, 6, len(VARIANTS)
COUNT = len(CATEGORIES) * SUBS * PER_CATEGORY * OPTIONS

_grid = np.arange(COUNT)
CATEGORY_OF = _grid // (SUBS * PER_CATEGORY * OPTIONS)
SUBCATEGORY_OF = _grid // (PER_CATEGORY * OPTIONS)
BRAND_OF = (_grid // OPTIONS) % PER_CATEGORY
_BASE = np.array([price for name in CATEGORIES for _, price in SUBCATEGORIES[name]])
_FACTOR = np.array([factor for _, factor in VARIANTS])
PRICE_OF = np.floor(_BASE[SUBCATEGORY_OF] * _QUALITY_PRICE[BRAND_OF] * _FACTOR[_grid % OPTIONS]) + 0.9
COST_OF = cents(PRICE_OF * np.array([0.72, 0.70, 0.62, 0.60, 0.48, 0.45])[BRAND_OF])

SUBCATEGORY_NAMES = tuple(sub for name in CATEGORIES for sub, _ in SUBCATEGORIES[name])
BRAND_NAMES = tuple(brand for name in CATEGORIES for brand in BRANDS[name])
IDS: list[str] = join("SKU", digits(scattered(_grid, 4_711, 999_983), 6)).to_pylist()
"""The product id by product."""


def product(category: Array, sub: Array, brand: Array, variant: Array) -> Array:
    """The product at a place of the grid; all but `category` count from 0 within the category."""
    return ((category * SUBS + sub) * PER_CATEGORY + brand) * OPTIONS + variant


def products_table() -> pa.Table:
    """The product master."""
    brand = pick(BRAND_NAMES, CATEGORY_OF * PER_CATEGORY + BRAND_OF)
    sub = pick(SUBCATEGORY_NAMES, SUBCATEGORY_OF)
    launched = START - (scattered(_grid, 99, 1_009) + 30) * DAY
    order = np.argsort(np.array(IDS))
    table = pa.table(
        {
            "product_id": pa.array(IDS),
            "product_name": join(brand, sub, pick([f" {name}" for name, _ in VARIANTS], _grid % OPTIONS)),
            "category": pick(CATEGORIES, CATEGORY_OF),
            "subcategory": sub,
            "brand": brand,
            "price": money(PRICE_OF),
            "cost": money(COST_OF),
            "premium": pick(["否", "是"], (BRAND_OF >= 4).astype(np.int8)),
            "launched_on": day_text(launched),
        }
    )
    return table.take(pa.array(order))
