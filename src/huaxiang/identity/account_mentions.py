"""Where a company is spoken of: in the table of accounts, among contacts, in the records of customers.

Working table, dropped when accounts are done:

    _account_mentions  origin (0 accounts, 1 contacts, 2 records), place (order among all), customer_no (null: a
                       company's own row), one column per key, normalised (account_id, tax_id, company), domain,
                       spelling (of the company's name), role, title, industry, size, province, city, parent, source,
                       record_key
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.identity.account_domains import domain_of, own_domain
from huaxiang.identity.attach import with_customer, with_record_customer
from huaxiang.identity.groups import Situation
from huaxiang.identity.spec import AccountsSpec

if TYPE_CHECKING:
    import ibis

MENTIONS = "_account_mentions"
KEYS = ("account_id", "tax_id", "company")
"""What names a company, the strongest first. A mail domain comes last, and names one only where nothing else does."""

DESCRIBED = ("industry", "size", "province", "city", "parent")
"""What the table of accounts says about a company."""

_ORIGINS = ("accounts", "contacts", "records")


def write_mentions(now: Situation, spec: AccountsSpec) -> ibis.Table:
    """Write the working table: a row per row of the tables that names a company."""
    import ibis

    parts = []
    for origin, name in enumerate(_ORIGINS):
        table = _owned(now, name)
        if table is not None:
            parts.append(_mentions(table, origin, spec))
    whole = (ibis.union(*parts) if len(parts) > 1 else parts[0]) if parts else _nothing(now)
    named = whole.filter(ibis.or_(*(whole[key].notnull() for key in (*KEYS, "domain"))))
    order = ibis.window(
        order_by=["origin", "source", "record_key", "customer_no", *KEYS, "domain", "spelling", "role", "title"]
    )
    place = ibis.row_number().over(order).cast("int64")
    return now.engine.create(MENTIONS, named.mutate(place=place), step="accounts: where companies are named")


def _owned(now: Situation, name: str) -> ibis.Table | None:
    """The rows of an accepted table with their `customer_no`; those of contacts and records that have one."""
    import ibis

    table = now.tables.get(name)
    if table is None:
        return None
    if name == "accounts":
        return table.mutate(customer_no=ibis.null("int64"))
    engine = now.engine
    if name == "records":
        return with_record_customer(table, engine.table("identity"))
    owned = with_customer(table, engine.table("identifiers"), now.types)
    return owned.filter(owned.customer_no.notnull())


def _mentions(table: ibis.Table, origin: int, spec: AccountsSpec) -> ibis.Table:
    import ibis

    own = origin == 0

    def text(name: str) -> Any:
        return table[name].cast("string").strip().nullif("") if name in table.columns else ibis.null("string")

    title = ibis.coalesce(text("title"), text("job_title"))
    keys = {
        "account_id": text("account_id"),
        "tax_id": cleaned(text("tax_id"), ("tax_id",)),
        "company": cleaned(text("company"), ("company",)),
    }
    return table.select(
        origin=ibis.literal(origin, "int64"),
        customer_no=table.customer_no,
        **{key: value if key in spec.by else ibis.null("string") for key, value in keys.items()},
        domain=own_domain(domain_of(text("domain")), spec.free_mail)
        if own and "domain" in spec.by
        else ibis.null("string"),
        spelling=text("company"),
        role=ibis.coalesce(_role(text("role"), spec), _role(title, spec)),
        title=title,
        **{name: text(name) if own else ibis.null("string") for name in DESCRIBED},
        source=table["_source"].cast("string"),
        record_key=table["_record_key"].cast("string"),
    )


def _role(word: Any, spec: AccountsSpec) -> Any:
    """The role that a word names: by the project's own words first."""
    import ibis

    plain = word.lower().strip()
    own = [(plain == said.lower(), ibis.literal(role)) for said, role in spec.roles.items()]
    known = cleaned(word, ("account_role",))
    return ibis.cases(*own, else_=known) if own else known


def _nothing(now: Situation) -> ibis.Table:
    """No mentions, with the columns of mentions."""
    import ibis

    texts = (*KEYS, "domain", "spelling", "role", "title", *DESCRIBED, "source", "record_key")
    customers = now.engine.table("customers").limit(0)
    return customers.select(
        "customer_no", origin=ibis.literal(0, "int64"), **{name: ibis.literal("") for name in texts}
    )
