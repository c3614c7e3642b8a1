"""Cleaning: what people type becomes one spelling, and cleaning twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huaxiang.core.types import Type
from huaxiang.expressions.functions.cleaning import cleaning_functions
from huaxiang.expressions.functions.parsing import convert
from huaxiang.store.engine import DuckEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUAXIANG_TOKEN_KEY", "key")
        yield


@pytest.fixture(scope="module")
def clean(engine: DuckEngine) -> Callable[..., list[Any]]:
    """Apply a cleaning function to texts."""

    def of(name: str, *texts: str | None) -> list[Any]:
        table = ibis.memtable(pa.table({"x": pa.array(texts, pa.string())}))
        return engine.arrow(table.select(y=cleaning_functions()[name].form(table.x)), step="clean")["y"].to_pylist()

    return of


@pytest.fixture(scope="module")
def as_type(engine: DuckEngine) -> Callable[..., Any]:
    """One text as a type."""

    def of(text: Any, type_: Type, **how: Any) -> Any:
        table = ibis.memtable(pa.table({"x": [text]}))
        return engine.arrow(table.select(y=convert(table.x, type_, **how)), step="convert")["y"].to_pylist()[0]

    return of


CASES = {
    "trim": [("\u3000a b\u3000\n", "a b"), ("  ", None), ("\ufeffx", "x")],
    "width": [("ＡＢ１２，￥", "AB12,¥"), ("a\u3000b", "a b")],
    "lower": [("Ab", "ab")],
    "simplify": [("廣東 ABC", "广东 ABC"), ("臺灣", "台湾"), ("abc", "abc")],
    "digits": [("No. ７-8", "78"), ("x", None)],
    "phone": [
        ("13800000001", "+8613800000001"),
        ("+86 138-0000-0001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("8613800000001", "+8613800000001"),
        ("１３８０００００００１", "+8613800000001"),
        ("13800000001.0", "+8613800000001"),
        ("021-6234 5678", "+862162345678"),
        ("(0755) 8888 8888", "+8675588888888"),
        ("+1 415 555 2671", "+14155552671"),
        ("0044 20 7946 0958", "+442079460958"),
        ("138****0001", None),
        ("1380000000", None),
        ("微信同号", None),
        ("", None),
    ],
    "email": [
        (" Foo.Bar+x@Example.COM ", "foo.bar+x@example.com"),
        ("Ａ@qq。com", "a@qq.com"),
        ("<x@y.cn>", "x@y.cn"),
        ("a@b", None),
        ("a..b@c.com", None),
        ("张@qq.com", None),
        ("a@b@c.com", None),
    ],
    "name": [
        (" 张 三 ", "张三"),
        ("John   Smith", "John Smith"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("王🌹芳", "王芳"),
        ("", None),
    ],
    "emoji": [("Amy🌸✨", "Amy"), ("👨‍👩‍👧", None), ("老王❤️", "老王"), ("🇨🇳 中国", "中国"), ("a-b_1", "a-b_1")],
    "gender": [
        ("♂", "male"),
        ("Lady", "female"),
        ("男", "male"),
        ("F", "female"),
        ("先生", "male"),
        ("2", "female"),
        ("0", None),
        ("保密", None),
    ],
    "boolean": [("是", True), ("NO", False), ("1", True), ("maybe", None)],
    "money": [
        ("¥1,234.50", Decimal("1234.50")),
        ("-", None),
        ("1.2万", Decimal("12000.00")),
        ("１２３", Decimal("123.00")),
        ("(5.50)", Decimal("-5.50")),
        ("5-", Decimal("-5.00")),
        ("$ -5", Decimal("-5.00")),
        ("-3.005", Decimal("-3.01")),
        ("RMB 12元", Decimal("12.00")),
        ("3亿", Decimal("300000000.00")),
        ("12,x", None),
        ("1,23", None),
        ("nan", None),
        ("", None),
        ("99999999999999999999", None),
    ],
    "number": [("12%", 0.12), ("1e3", 1000.0), ("inf", None), ("1.5k", 1500.0), (".5", 0.5), (".", None)],
    "date": [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026/1/31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
        ("31.01.2026", date(2026, 1, 31)),
        ("2026年1月31日", date(2026, 1, 31)),
        ("2026-1-31 23:59:59", date(2026, 1, 31)),
        ("2026-01-31T16:00:00.000Z", date(2026, 2, 1)),  # midnight in Shanghai
        ("02/03/2026", date(2026, 3, 2)),  # day before month
        ("1/31/2026", date(2026, 1, 31)),  # unless only the other order is a day
        ("2026-02-30", None),
        ("31/31/2026", None),
        ("soon", None),
        ("46053", None),  # Excel's days are for Excel's files
    ],
    "birthday": [
        ("1990-05-01", date(1990, 5, 1)),
        ("1990年5月1日", date(1990, 5, 1)),
        ("1900-01-01", None),
        ("1970/1/1", None),
        ("18991230", None),
        ("1970-01-02", date(1970, 1, 2)),
    ],
    "quantity": [
        ("5斤", 2.5),
        ("175cm", 1.75),
        ("1.75 米", 1.75),
        ("1.5小时", 90.0),
        ("2,000g", 2.0),
        ("1.2万米", 12000.0),
        ("５００ml", 0.5),
        ("12", 12.0),
        ("12%", 0.12),
        ("3 parsecs", None),
        ("kg", None),
    ],
    "moment": [
        ("2026-01-31 08:00:00", datetime(2026, 1, 31, 0, 0, tzinfo=UTC)),
        ("2026/1/31 8:05", datetime(2026, 1, 31, 0, 5, tzinfo=UTC)),
        ("2026年1月31日 8时5分", datetime(2026, 1, 31, 0, 5, tzinfo=UTC)),
        ("2026年1月31日 下午3:05", datetime(2026, 1, 31, 7, 5, tzinfo=UTC)),
        ("20260131080000", datetime(2026, 1, 31, 0, 0, tzinfo=UTC)),
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, 0, tzinfo=UTC)),
        ("2026-01-31 08:00:00+0200", datetime(2026, 1, 31, 6, 0, tzinfo=UTC)),
        ("1769848272", datetime(2026, 1, 31, 8, 31, 12, tzinfo=UTC)),
        ("1769848272123", datetime(2026, 1, 31, 8, 31, 12, 123000, tzinfo=UTC)),
        ("2026-01-31 25:00", None),
    ],
    "province": [
        ("广东省", "广东"),
        ("粤", "广东"),
        ("GD", "广东"),
        ("440000", "广东"),
        ("Inner Mongolia", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("guangdong province", "广东"),
        ("Shaanxi", "陕西"),
        ("Shanxi", "山西"),
        ("火星", None),
    ],
    "city": [
        ("广州市", "广州"),
        ("广东省广州市", "广州"),
        ("Guangzhou", "广州"),
        ("恩施土家族苗族自治州", "恩施"),
        ("广州", "广州"),
        ("义乌市", "义乌"),
        ("Springfield", "Springfield"),
        ("", None),
    ],
    "city_tier": [("广州市", "tier_1"), ("杭州", "new_tier_1"), ("Wuxi", "tier_2"), ("拉萨", "tier_4"), ("义乌", None)],
    "address": [
        ("广东省 深圳市南山区，科技園１号", "广东深圳南山区科技园1号"),
        ("深圳市南山区科技园1号", "广东深圳南山区科技园1号"),
        ("上海市浦东新区世纪大道1号", "上海浦东新区世纪大道1号"),
        ("吉林市船营区北京路2号", "吉林吉林船营区北京路2号"),
        ("浙江省义乌市稠州路3号", "浙江义乌市稠州路3号"),
        ("南京路100号", "南京路100号"),
        ("10 Downing  Street, London", "10 Downing Street, London"),
        ("  ", None),
    ],
    "address_province": [
        ("广东省深圳市南山区科技园1号", "广东"),
        ("深圳市南山区", "广东"),
        ("青海省海南藏族自治州共和县", "青海"),
        ("内蒙古自治区呼和浩特市新城区", "内蒙古"),
        ("臺灣臺北市中正區", "台湾"),
        ("科技园1号", None),
    ],
    "address_city": [
        ("广东省深圳市南山区科技园1号", "深圳"),
        ("北京市朝阳区建国路1号", "北京"),
        ("北京市北京市朝阳区", "北京"),
        ("朝阳区建国路1号", None),
        ("朝阳市双塔区", "朝阳"),
        ("恩施土家族苗族自治州恩施市", "恩施"),
        ("江苏南京鼓楼区", "南京"),
        ("南京路100号", None),
    ],
    "address_district": [
        ("广东省深圳市南山区科技园1号", "南山区"),
        ("北京市朝阳区建国路1号", "朝阳区"),
        ("苏州市昆山市花桥镇", "昆山市"),
        ("杭州市桐庐县", "桐庐县"),
        ("济南市市中区", "市中区"),
        ("上海市阳光小区3栋", None),
        ("深圳市科技园1号", None),
    ],
    # printf 11010519491231002X | openssl dgst -sha256 -hmac key | cut -c -32
    "token": [
        ("11010519491231002X", "t_c702e187e6363f417304a7cb1ac993b0"),
        ("t_0123456789abcdef0123456789abcdef", "t_0123456789abcdef0123456789abcdef"),
    ],
    "tax_id": [
        ("91350100M000100Y43", "91350100M000100Y43"),  # the example of GB 32100-2015
        (" 91350100m000100y43 ", "91350100M000100Y43"),
        ("91350100M000100Y44", None),
        ("91350100M000100I43", None),  # no I, O, S, V, Z
        ("9135", None),
    ],
    "company": [
        ("华为技术有限公司", "华为技术"),
        ("華為技術有限公司深圳分公司", "华为技术"),
        ("腾讯科技（深圳）有限公司", "腾讯科技深圳"),
        ("中国工商银行股份有限公司北京分行", "中国工商银行"),
        ("ＡＣＭＥ Co., Ltd.", "acme"),
        ("Acme Inc", "acme"),
        ("Acme Holdings Limited - Beijing Branch", "acme"),
        ("有限公司", "有限公司"),
        ("。", None),
    ],
    "account_role": [
        ("总经理", "decision_maker"),
        ("C.E.O.", "decision_maker"),
        ("采购", "payer"),
        ("Technical Contact", "evaluator"),
        ("End-User", "user"),
        ("decision maker", "decision_maker"),
        ("路人", None),
    ],
    "country": [("中国", "CN"), ("United Kingdom", "GB"), ("us", "US"), ("Atlantis", None)],
    "id_card": [
        ("11010519491231002x", "11010519491231002X"),
        ("110105194912310021", None),
        ("110105199902310021", None),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_each_function_reads_what_its_documentation_says(clean, name):
    texts, expected = zip(*CASES[name], strict=True)
    assert clean(name, *texts) == list(expected)


def test_without_a_key_there_is_no_token(clean, monkeypatch):
    monkeypatch.delenv("HUAXIANG_TOKEN_KEY")
    assert clean("token", "11010519491231002X", None) == [None, None]


def test_another_key_makes_other_tokens(clean, monkeypatch):
    before = clean("token", "11010519491231002X", "x")
    monkeypatch.setenv("HUAXIANG_TOKEN_KEY", "another")
    assert not set(before) & set(clean("token", "11010519491231002X", "x"))


def test_every_function_has_cases_and_both_languages():
    assert set(CASES) >= set(cleaning_functions()) - {"upper"}
    for row in cleaning_functions().values():
        assert row.label.en
        assert row.documentation.en != row.documentation.zh
        assert row.example.startswith(f"{row.name}(")


@pytest.mark.parametrize("name", CASES)
def test_nothing_stays_nothing(clean, name):
    assert clean(name, None) == [None]


_TYPED = st.text(st.sampled_from("aA1９ .@-+()　张广东省市州臺男cnCN,¥·🌸\u200d"), max_size=14)
_PIECES = (
    "广东省", "广东", "深圳市", "吉林", "吉林市", "北京市", "朝阳区", "朝阳", "义乌市", "南山区", "小区", "自治州",
    "路", "1号", "518000", "中国", "海南", "市", "區", "公司", "有限", "分公司", "集团", "co", " ltd", "(", "）",
    "acme", " inc", "branch", "12", "kg", "万", "斤", "2026", "-1", "年", "1900-01-01", "/", " ",
)  # fmt: skip
_WORDS = st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)
"""What addresses, companies, days and amounts are made of."""

_COARSER = {"city_tier", "address_province", "address_city", "address_district"}
"""They say less than they were told: 深圳 is the city of an address, and no address."""

_IDEMPOTENT = [name for name in cleaning_functions() if name not in _COARSER]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TYPED | _WORDS, min_size=1, max_size=20))
@example(["1 州", "张张市市", "广州市 市"])
def test_cleaning_twice_changes_nothing(engine, texts):
    rows = engine.create("typed", pa.table({"x": pa.array(texts, pa.string())}), step="fixture")
    functions = {name: cleaning_functions()[name].form for name in _IDEMPOTENT}
    once = engine.create("once", rows.select(**{name: form(rows.x) for name, form in functions.items()}), step="once")
    twice = engine.arrow(once.select(**{name: form(once[name]) for name, form in functions.items()}), step="twice")
    for name, column in engine.arrow(once, step="once").to_pydict().items():
        assert twice[name].to_pylist() == column, name


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from(["{:f}", "¥{:,f}", " {:f} ", "{:,f}元"]),
)
def test_amounts_are_read_as_decimal_arithmetic_has_it(clean, amounts, spelling):
    expected = [amount.quantize(Decimal("0.01"), ROUND_HALF_UP) for amount in amounts]
    assert clean("money", *(spelling.format(amount) for amount in amounts)) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(
        ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S"]
    ),
)
def test_days_are_read_in_every_spelling(clean, moments, spelling):
    texts = [moment.strftime(spelling) for moment in moments]
    if spelling != "%Y%m%d%H%M%S":
        assert clean("date", *texts) == [moment.date() for moment in moments]
    shanghai = timezone(timedelta(hours=8))
    expected = [datetime.strptime(text, spelling).replace(tzinfo=shanghai) for text in texts]
    assert clean("moment", *texts) == expected


def test_excels_days_are_read_where_the_source_is_excels(as_type):
    assert as_type("46053", Type.DATE, serials=True) == date(2026, 1, 31)
    assert as_type("46053.5", Type.MOMENT, serials=True) == datetime(2026, 1, 31, 4, tzinfo=UTC)
    assert as_type(46053.5, Type.MOMENT, serials=True) == datetime(2026, 1, 31, 4, tzinfo=UTC)


def test_times_are_those_of_the_zone_that_is_given(as_type):
    expected = datetime(2026, 1, 31, 13, 0, tzinfo=UTC)
    for text in ("2026-01-31 08:00:00", "2026年1月31日 8时0分"):
        assert as_type(text, Type.MOMENT, zone="America/New_York") == expected
    assert as_type(datetime(2026, 1, 31, 8), Type.MOMENT, zone="America/New_York") == expected
    assert as_type(date(2026, 1, 31), Type.MOMENT, zone="UTC") == datetime(2026, 1, 31, tzinfo=UTC)


def test_typed_values_are_taken_as_they_are(as_type):
    assert as_type(20260131, Type.DATE) == date(2026, 1, 31)
    assert as_type(1769848272, Type.MOMENT) == datetime(2026, 1, 31, 8, 31, 12, tzinfo=UTC)
    assert as_type(13800000001.0, Type.TEXT) == "13800000001"
    assert as_type(3.0, Type.INTEGER) == 3
    assert as_type(3.5, Type.INTEGER) is None
    assert as_type("3.0", Type.INTEGER) == 3
    assert as_type(float("nan"), Type.NUMBER) is None
    assert as_type(1.005, Type.MONEY) in (Decimal("1.00"), Decimal("1.01"))
    assert as_type(True, Type.INTEGER) == 1
