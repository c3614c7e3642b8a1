"""How long fuzzy matching inside a project takes: `python benchmarks/fuzzy_scale.py [RECORDS]`.

Records of two systems in equal parts: of three people in the one, one is in the other too, there with a slip in the
name, the birthday or the phone, a new phone, or another address. A tenth of the people share a phone with somebody.
Prints the seconds of each step, the peak of memory, and precision and recall of pairs against the truth.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from huaxiang.identity import resolve_identity
from huaxiang.identity.spec import FuzzySpec, IdentitySpec
from huaxiang.store import DuckEngine

FAMILY = np.array(
    list(
        "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    )
)
GIVEN = np.array(
    list(
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英建国小红华玉兰桂梅林平辉鑫波宇浩然子轩梓涵欣怡雨桐诗佳琪晨曦思源志远文博天佑俊熙嘉懿雅婷美玲春燕海东立新凤霞庆丰德胜永康宝珍淑贞彩云翠莲金花银铃少峰泽昊宸睿"
    )
)
CITIES = np.array(
    ["北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安", "南京", "重庆", *(f"某{n}" for n in range(200))]
)


def main(records: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.duckdb"
        with DuckEngine.open(file, threads=2, memory="4GB", temporary=Path(folder) / "spill") as engine:
            truth = write_records(engine, records)
            begun = time.perf_counter()
            spec = IdentitySpec(fuzzy=FuzzySpec(mode="on"))
            result = resolve_identity(engine, {"records": engine.table("accepted_records")}, spec)
            seconds = time.perf_counter() - begun
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
            print(f"{records} records: {seconds:.0f} s, peak {peak:.2f} GiB, processor {time.process_time():.0f} s")
            spent: Counter[str] = Counter()
            for entry in engine.log:
                spent[entry.step] += entry.seconds
            for step, took in spent.most_common(14):
                print(f"  {took:6.1f} s  {step}")
            for row in engine.rows(engine.table("identity_matching"), step="figures"):
                print(f"  {row['measure']}: {row['value']:g}")
            found = engine.arrow(result.identity, step="read")
            keys = np.array([int(key[1:]) for key in found["record_key"].to_pylist()])
            people, customers = truth[keys], found["customer_no"].to_numpy()
            right = pairs(zip(people.tolist(), customers.tolist(), strict=True))
            print(f"  precision {right / pairs(customers.tolist()):.4f}  recall {right / pairs(people.tolist()):.4f}")


def pairs(labels: Iterable[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def write_records(engine: DuckEngine, records: int) -> np.ndarray:
    """Write `accepted_records`; returns the person of each record by the number in its key."""
    random = np.random.default_rng(7)
    people = records * 3 // 4
    again = random.choice(people, records - people, replace=False)
    person = np.concatenate([np.arange(people), again])
    second = np.arange(records) >= people
    surname = random.choice(len(FAMILY), people, p=(w := 1 / np.arange(2, len(FAMILY) + 2)) / w.sum())
    given = random.integers(0, len(GIVEN), (people, 2))
    one = np.where(random.random(people) < 0.15, "", GIVEN[given[:, 1]])
    day = random.integers(-9000, 12500, people)
    phone = phones(random, people)
    shared = np.flatnonzero(random.random(people) < 0.05)
    phone[shared] = phone[(shared + 1) % people]
    city = random.choice(len(CITIES), people, p=(w := 1 / np.arange(3, len(CITIES) + 3)) / w.sum())
    street = random.integers(1, 400_000, people)

    slip = np.where(second, random.random(records), 1.0)
    typed = np.where((slip < 0.1)[:, None], random.integers(0, len(GIVEN), (records, 2)), given[person])
    names = np.char.add(np.char.add(FAMILY[surname[person]], GIVEN[given[person, 0]]), one[person])
    names = np.where(slip < 0.1, np.char.add(FAMILY[surname[person]], GIVEN[typed[:, 0]]), names)
    days = day[person] + np.where((slip >= 0.1) & (slip < 0.2), random.integers(1, 28, records), 0)
    numbers = phone[person].copy()
    numbers[(slip >= 0.2) & (slip < 0.3)] += 10 ** random.integers(0, 6, ((slip >= 0.2) & (slip < 0.3)).sum())
    new = (slip >= 0.3) & (slip < 0.6)
    numbers[new] = phones(random, int(new.sum()))
    moved = random.random(records) < np.where(second, 0.3, 0)
    cities = np.where(moved, random.integers(0, len(CITIES), records), city[person])
    streets = np.where(moved, random.integers(1, 400_000, records), street[person])
    content = {
        "_source": np.where(second, "web", "crm"),
        "_record_key": np.char.add("r", np.arange(records).astype(str)),
        "_row": np.arange(records),
        "id_phone": np.char.add("+86", numbers.astype(str)),
        "name": names,
        "birthday": days.astype("datetime64[D]"),
        "gender": np.where(person % 2 == 0, "male", "female"),
        "city": CITIES[cities],
        "address": np.char.add(np.char.add(CITIES[cities], "市解放路"), np.char.add(streets.astype(str), "号")),
    }
    arrays = {name: pa.array(values) for name, values in content.items()}
    for name, share in (("id_phone", 0.1), ("birthday", 0.2), ("gender", 0.1), ("address", 0.4)):
        missing = pa.array(random.random(records) < share)
        arrays[name] = pc.if_else(missing, None, arrays[name])
    engine.create("accepted_records", pa.table(arrays), step="benchmark")
    return person


def phones(random: np.random.Generator, count: int) -> np.ndarray:
    """Numbers of eleven digits, nearly all different."""
    return 13_000_000_000 + random.integers(0, 6_999_999_999, count)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
