"""The standard tables: what sources are mapped onto and tags are computed from. Their one home.

Privacy classes: L1 public, L2 internal, L3 personal, L4 sensitive personal.
Event names in `events.name` follow the Segment e-commerce specification ('Product Viewed', …).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from huaxiang.core.text import Text
from huaxiang.core.types import Type

Privacy = Literal["L1", "L2", "L3", "L4"]

SENSITIVE: Privacy = "L4"
"""The class of what is never told of one person, nor used to find people by."""

PAID = "status in ('paid', 'shipped', 'completed')"


@dataclass(frozen=True)
class Column:
    """One column of a table. `default` is an expression used where no source maps the column."""

    name: str
    type: Type
    label: Text
    required: bool = False
    privacy: Privacy = "L2"
    unit: str = ""
    default: str = ""


@dataclass(frozen=True)
class Lookup:
    """Columns that are filled from another table where a row leaves them empty.

    `on` is the column that both tables share; `customer` also takes over who the row belongs to.
    """

    table: str
    on: str
    fill: tuple[str, ...]
    customer: bool = False


@dataclass(frozen=True)
class Table:
    """A standard table, or one of a project's own.

    `time` names the column that says when a fact happened; a table without one holds no facts.
    `of_customer` is False for tables about things rather than people.
    """

    name: str
    label: Text
    columns: tuple[Column, ...]
    time: str | None = None
    of_customer: bool = True
    lookups: tuple[Lookup, ...] = ()

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> dict[str, Type]:
        """The type of each column by name."""
        return {column.name: column.type for column in self.columns}

    @property
    def is_fact(self) -> bool:
        """Whether a row is something a customer did or got at a moment."""
        return self.time is not None and self.of_customer

    def extended(self, columns: tuple[Column, ...]) -> Table:
        """This table with further columns; one of the same name replaces the former."""
        names = {column.name for column in columns}
        kept = tuple(column for column in self.columns if column.name not in names)
        return replace(self, columns=kept + columns)


def _col(
    name: str, type_: Type, en: str, zh: str, privacy: Privacy = "L2", required: bool = False, **more: str
) -> Column:
    return Column(name, type_, Text(en, zh), required, privacy, **more)


_T, _I, _N, _M = Type.TEXT, Type.INTEGER, Type.NUMBER, Type.MONEY
_B, _D, _AT = Type.BOOLEAN, Type.DATE, Type.MOMENT


def _occurred(en: str = "When", zh: str = "发生时间") -> Column:
    return _col("occurred_at", _AT, en, zh, required=True)


_RECEIVED = _col("received_at", _AT, "Known since", "入库时间")
_CHANNEL = _col("channel", _T, "Channel", "渠道")
_PROVINCE = _col("province", _T, "Province", "省份", "L3")
_CITY = _col("city", _T, "City", "城市", "L3")
_COMPANY = _col("company", _T, "Company", "企业名称")
_TAX_ID = _col("tax_id", _T, "Unified social credit code", "统一社会信用代码")
_PRODUCT = (
    _col("product_id", _T, "Product id", "商品编号"),
    _col("product_name", _T, "Product", "商品名称"),
    _col("category", _T, "Category", "品类"),
    _col("subcategory", _T, "Subcategory", "子品类"),
    _col("brand", _T, "Brand", "品牌"),
)
_FROM_PRODUCTS = Lookup("products", "product_id", ("product_name", "category", "subcategory", "brand"))

_STANDARD = (
    Table(
        "records",
        Text("Records", "客户记录"),
        (
            _col("recorded_at", _AT, "Recorded", "记录时间"),
            _col("name", _T, "Name", "姓名", "L3"),
            _col("given_name", _T, "Given name", "名", "L3"),
            _col("family_name", _T, "Family name", "姓", "L3"),
            _col("gender", _T, "Gender", "性别", "L3"),
            _col("birthday", _D, "Birthday", "生日", "L3"),
            _col("country", _T, "Country", "国家"),
            _PROVINCE,
            _CITY,
            _col("district", _T, "District", "区县", "L3"),
            _col("address", _T, "Address", "地址", "L4"),
            _col("occupation", _T, "Occupation", "职业", "L3"),
            _col("education", _T, "Education", "学历", "L3"),
            _col("income_band", _T, "Income band", "收入区间", "L4"),
            _col("marital_status", _T, "Marital status", "婚姻状况", "L4"),
            _col("children", _I, "Children", "子女数", "L4"),
            _col("household_size", _I, "Household size", "家庭人数", "L3"),
            _col("registered_at", _AT, "Registered", "注册时间"),
            _col("registration_channel", _T, "Registration channel", "注册渠道"),
            _col("member_level", _T, "Member level", "会员等级"),
            _col("points", _I, "Points", "积分"),
            _col("account_id", _T, "Account id", "企业编号"),
            _COMPANY,
            _TAX_ID,
            _col("job_title", _T, "Job title", "职务"),
        ),
    ),
    Table(
        "orders",
        Text("Orders", "订单"),
        (
            _col("order_id", _T, "Order id", "订单号", required=True),
            _occurred("Ordered", "下单时间"),
            _RECEIVED,
            # placed, paid, shipped or completed: the latest of the order. cancelled, returned: facts of their own, each
            # a row beside the order's. An order that stands in several rows that are paid counts several times.
            _col("status", _T, "Status", "状态", default="'paid'"),
            _col("paid", _B, "Paid", "是否成交", default=PAID),
            _col("amount", _M, "Amount", "金额", required=True, unit="currency"),
            _col("discount", _M, "Discount", "优惠金额", unit="currency"),
            _col("shipping", _M, "Shipping", "运费", unit="currency"),
            _col("items", _I, "Items", "件数"),
            _CHANNEL,
            _col("store", _T, "Store", "门店"),
            _col("payment_method", _T, "Payment method", "支付方式"),
            _col("coupon", _T, "Coupon", "优惠券"),
            _col("campaign", _T, "Campaign", "活动"),
            _PROVINCE,
            _CITY,
        ),
        time="occurred_at",
    ),
    Table(
        "order_lines",
        Text("Order lines", "订单明细"),
        (
            _col("order_id", _T, "Order id", "订单号", required=True),
            _occurred("Ordered", "下单时间"),
            _RECEIVED,
            *_PRODUCT,
            _col("quantity", _N, "Quantity", "数量"),
            _col("amount", _M, "Amount", "金额", required=True, unit="currency"),
            _col("discount", _M, "Discount", "优惠金额", unit="currency"),
            _col("cost", _M, "Cost", "成本", unit="currency"),
            _col("promotion", _B, "On promotion", "是否促销"),
            _col("premium", _B, "Premium", "是否高端"),
            _col("status", _T, "Status", "状态", default="'paid'"),
            _col("paid", _B, "Paid", "是否成交", default=PAID),
            _CHANNEL,
            _col("store", _T, "Store", "门店"),
        ),
        time="occurred_at",
        lookups=(
            Lookup("orders", "order_id", ("occurred_at", "received_at", "status", "channel", "store"), True),
            Lookup("products", "product_id", (*_FROM_PRODUCTS.fill, "premium")),
        ),
    ),
    Table(
        "events",
        Text("Events", "行为事件"),
        (
            _col("event_id", _T, "Event id", "事件编号"),
            _occurred(),
            _RECEIVED,
            _col("name", _T, "Event", "事件", required=True),
            _col("session_id", _T, "Session", "会话"),
            _CHANNEL,
            _col("device", _T, "Device", "设备"),
            _col("os", _T, "Operating system", "操作系统"),
            _col("page", _T, "Page", "页面"),
            *_PRODUCT,
            _col("query", _T, "Search words", "搜索词"),
            _col("campaign", _T, "Campaign", "活动"),
            _PROVINCE,
            _CITY,
            _col("duration", _N, "Duration", "时长", unit="seconds"),
            _col("value", _N, "Value", "数值"),
        ),
        time="occurred_at",
        lookups=(_FROM_PRODUCTS,),
    ),
    Table(
        "tickets",
        Text("Service tickets", "服务工单"),
        (
            _col("ticket_id", _T, "Ticket id", "工单号", required=True),
            _occurred("Opened", "创建时间"),
            _RECEIVED,
            _col("resolved_at", _AT, "Resolved", "解决时间"),
            _col("type", _T, "Type", "类型"),
            _col("topic", _T, "Topic", "主题"),
            _CHANNEL,
            _col("priority", _T, "Priority", "优先级"),
            _col("status", _T, "Status", "状态"),
            _col("response_minutes", _N, "First response", "首次响应", unit="minutes"),
            _col("satisfaction", _N, "Satisfaction", "满意度", unit="1 to 5"),
            _col("text", _T, "Text", "内容", "L3"),
        ),
        time="occurred_at",
    ),
    Table(
        "reviews",
        Text("Reviews", "评价"),
        (
            _col("review_id", _T, "Review id", "评价编号"),
            _occurred("Written", "评价时间"),
            _RECEIVED,
            *_PRODUCT,
            _col("rating", _N, "Rating", "评分", unit="1 to 5"),
            _col("text", _T, "Text", "内容", "L3"),
            _col("sentiment", _N, "Sentiment", "情感得分", unit="-1 to 1"),
            _col("likes", _I, "Likes", "点赞数"),
            _col("pictures", _I, "Pictures", "图片数"),
        ),
        time="occurred_at",
        lookups=(_FROM_PRODUCTS,),
    ),
    Table(
        "answers",
        Text("Survey answers", "问卷回答"),
        (
            _occurred("Answered", "回答时间"),
            _RECEIVED,
            _col("survey", _T, "Survey", "问卷", required=True),
            _col("question", _T, "Question", "题目", required=True),
            _col("answer", _T, "Answer", "回答", "L3"),
            _col("score", _N, "Score", "分值"),
        ),
        time="occurred_at",
    ),
    Table(
        "touches",
        Text("Campaign touches", "营销触达"),
        (
            _col("touch_id", _T, "Touch id", "触达编号"),
            _occurred(),
            _RECEIVED,
            _col("campaign", _T, "Campaign", "活动"),
            _CHANNEL,
            # sent, delivered, opened, clicked, converted, unsubscribed
            _col("action", _T, "Action", "动作", required=True),
            _col("offer", _T, "Offer", "权益"),
            _col("variant", _T, "Variant", "版本"),
            _col("cost", _M, "Cost", "成本", unit="currency"),
        ),
        time="occurred_at",
    ),
    Table(
        "spend",
        Text("Marketing spend", "营销花费"),
        (
            _occurred(),
            _col("campaign", _T, "Campaign", "活动"),
            _CHANNEL,
            _col("amount", _M, "Amount", "金额", required=True, unit="currency"),
            _col("impressions", _I, "Impressions", "曝光"),
            _col("clicks", _I, "Clicks", "点击"),
        ),
        time="occurred_at",
        of_customer=False,
    ),
    Table(
        "relations",
        Text("Relations", "社交关系"),
        (
            _occurred("Known since", "建立时间"),
            _RECEIVED,
            # family, friend, colleague, referral, follow, share
            _col("kind", _T, "Kind", "类型", required=True),
            _col("other", _T, "The other", "对方", "L3"),
            _col("strength", _N, "Strength", "强度"),
        ),
        time="occurred_at",
    ),
    Table(
        "products",
        Text("Products", "商品"),
        (
            _col("product_id", _T, "Product id", "商品编号", required=True),
            *_PRODUCT[1:],
            _col("price", _M, "Price", "价格", unit="currency"),
            _col("cost", _M, "Cost", "成本", unit="currency"),
            _col("premium", _B, "Premium", "是否高端"),
            _col("launched_at", _AT, "Launched", "上市时间"),
        ),
        of_customer=False,
    ),
    Table(
        "consents",
        Text("Consents", "授权同意"),
        (
            _occurred(),
            _RECEIVED,
            _col("purpose", _T, "Purpose", "目的", required=True),
            _CHANNEL,
            _col("status", _T, "Status", "状态", required=True),
        ),
        time="occurred_at",
    ),
    Table(
        "accounts",
        Text("Accounts", "企业客户"),
        (
            _col("account_id", _T, "Account id", "企业编号", required=True),
            _COMPANY,
            _TAX_ID,
            _col("domain", _T, "Domain of its mail", "企业邮箱域名"),
            _col("industry", _T, "Industry", "行业"),
            _col("size", _T, "Size", "规模"),
            _col("parent", _T, "Account id of the parent", "上级企业编号"),
            _PROVINCE,
            _CITY,
        ),
        of_customer=False,
    ),
    Table(
        "contacts",
        Text("Contacts of companies", "企业联系人"),
        (
            _col("account_id", _T, "Account id", "企业编号"),
            _COMPANY,
            _TAX_ID,
            # user, evaluator, payer, decision_maker, or a word for one of them
            _col("role", _T, "Role", "采购角色"),
            _col("title", _T, "Title", "职务"),
        ),
    ),
)

_GIVEN = (
    Table(
        "household_members",
        Text("Households", "家庭"),
        (
            _col("household_id", _T, "Household", "家庭", "L3"),
            _col("household_members", _I, "Known members of the household", "家庭已知成员数", "L3"),
            _col("household_role", _T, "Role in the household", "家庭角色", "L3"),
        ),
    ),
    Table(
        "account_contacts",
        Text("Accounts", "企业客户"),
        (
            _col("account_key", _T, "Account", "所属企业"),
            _col("account_name", _T, "Company", "企业名称"),
            _col("account_industry", _T, "Industry of the company", "企业行业"),
            _col("account_size", _T, "Size of the company", "企业规模"),
            _col("account_role", _T, "Role in the purchase", "采购角色"),
            _col("account_count", _I, "Companies", "关联企业数"),
        ),
    ),
)

GIVEN: dict[str, Table] = {table.name: table for table in _GIVEN}
"""Attributes of customers that no record has, by the table of the build they come from: households and accounts."""

STANDARD: dict[str, Table] = {table.name: table for table in _STANDARD}
"""The standard tables by name."""

PROVENANCE = ("_source", "_file", "_row", "_record_key")
"""Columns that every mapped row carries: its source, file (relative), row in the file from 1, record key."""
