"""Companies, and the customers who are their contacts.

A company is named by its number in the project's systems (`account_id`), by its unified social credit code (`tax_id`),
by its name without legal form, branch and signs (`company`), or by the domain of its mail. Rows that share a name are
one account, the strongest names first; two different tax numbers are never one account unless a stronger name says so.
A customer may be a contact of several accounts, in several roles.

`accounts`          `account_key` (stays as `customer_id` does), `name` (its most frequent spelling), `tax_id`,
                    `domain`, `industry`, `size`, `province`, `city`, `parent` (account_key), `contacts` (customers)
`account_contacts`  `account_key`, `customer_no`, `customer_id`, `role` (decision_maker, payer, evaluator, user; null:
                    not known), `title`, `joined_by` (the strongest name), `source`, `record_key`
`account_keys`      `account_key`, `type`, `value`: what names each account
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.expressions.functions.companies import ROLES
from huaxiang.identity.account_domains import domain_of, own_domain
from huaxiang.identity.account_mentions import DESCRIBED, KEYS, MENTIONS, write_mentions
from huaxiang.identity.forest import Value, resolve_apart
from huaxiang.identity.groups import Situation
from huaxiang.identity.spec import AccountsSpec
from huaxiang.identity.stay import Former, stay

if TYPE_CHECKING:
    import ibis

ACCOUNTS, CONTACTS, ACCOUNT_KEYS = "accounts", "account_contacts", "account_keys"
_COMBINATIONS, _NAMED, _MAILS, _FOUND = (f"_account_{name}" for name in ("combinations", "named", "mails", "found"))
_SINGLE = frozenset({"tax_id"})
_BETWEEN = "\x1f"


def write_accounts(now: Situation, spec: AccountsSpec) -> ibis.Table:
    """Write `accounts`, `account_contacts` and `account_keys`; return the contacts.

    Reads `customers`, `identity`, `identifiers` and the accepted `accounts`, `contacts` and `records`. Equal inputs
    give equal accounts, whatever the order of rows.
    """
    engine = now.engine
    write_mentions(now, spec)
    _write_mails(now, spec)
    _write_keys(now, spec)
    _write_found(engine, spec)
    contacts = _write_contacts(engine)
    _write_accounts(engine)
    for name in (MENTIONS, _COMBINATIONS, _NAMED, _MAILS, _FOUND):
        engine.drop(name)
    return contacts


def account_attributes(engine: Engine) -> ibis.Table:
    """What accounts say about each contact: `core.tables.GIVEN` of `account_contacts`.

    Of several accounts the one speaks in which the contact has the weightiest role, then the strongest name.
    """
    import ibis

    contacts, accounts = engine.table(CONTACTS), engine.table(ACCOUNTS)
    role = _weight(contacts.role)
    name = ibis.cases(*((contacts.joined_by == key, place) for place, key in enumerate((*KEYS, "domain"))))
    first = ibis.window(group_by="customer_no", order_by=[role, name, contacts.account_key])
    ranked = contacts.mutate(_first=ibis.row_number().over(first))
    main = ranked.filter(ranked["_first"] == 0).select("customer_no", "account_key", account_role="role")
    counted = contacts.group_by("customer_no").agg(account_count=contacts.account_key.nunique())
    described = accounts.select("account_key", account_name="name", account_industry="industry", account_size="size")
    joined = main.join(described, "account_key").join(counted, "customer_no")
    return joined.select(
        "customer_no",
        "account_key",
        "account_name",
        "account_industry",
        "account_size",
        "account_role",
        "account_count",
    )


def _weight(role: Any) -> Any:
    import ibis

    return ibis.cases(*((role == name, place) for place, name in enumerate(ROLES)), else_=len(ROLES))


def _write_mails(now: Situation, spec: AccountsSpec) -> None:
    """The customers' mail domains that are a company's own: `customer_no`, `domain`."""
    identifiers = now.engine.table("identifiers")
    mails = identifiers.filter(identifiers.type == "email")
    domains = mails.select("customer_no", domain=own_domain(domain_of(mails["value"]), spec.free_mail)).distinct()
    wanted = domains.filter(domains.domain.notnull()) if "domain" in spec.by else domains.limit(0)
    now.engine.create(_MAILS, wanted, step="accounts: mail domains")


def _write_keys(now: Situation, spec: AccountsSpec) -> None:
    """Find out which names are one company: ACCOUNT_KEYS, and NAMED (combination of names → account)."""
    import numpy as np
    import pyarrow as pa

    engine = now.engine
    mentions = engine.table(MENTIONS)
    combinations = engine.create(
        _COMBINATIONS, mentions.select(*KEYS).distinct().order_by(*KEYS), step="accounts: names"
    )
    rows = engine.rows(combinations.order_by(*KEYS), step="accounts: names")
    rows = [row for row in rows if any(row.values())]
    names, values = _values(rows, [key for key in spec.by if key in KEYS])
    resolved = resolve_apart(len(rows), values)
    domains = _domains(engine, rows, resolved.nodes)
    members = [
        *((group, key, value) for (key, value), group in zip(names, resolved.values, strict=True) if group is not None),
        *((group, "domain", domain) for domain, group in domains.items()),
    ]
    former = Former.of(engine, _former_keys(now), group="account_key", member="member")
    groups = np.array([group for group, _, _ in members], np.int64)
    ids = stay("a_", groups, [f"{key}{_BETWEEN}{value}" for _, key, value in members], former)
    key_of = dict(zip(groups.tolist(), ids, strict=True))
    texts = ("account_key", "type", "value")
    content = sorted({(id_, key, value) for id_, (_, key, value) in zip(ids, members, strict=True)})
    schema = pa.schema([(name, pa.string()) for name in texts])
    table = pa.table({name: [row[place] for row in content] for place, name in enumerate(texts)}, schema=schema)
    engine.create(ACCOUNT_KEYS, table, step="accounts: keys")
    named = [{**row, "account_key": key_of[group]} for row, group in zip(rows, resolved.nodes, strict=True)]
    columns = pa.schema([(name, pa.string()) for name in (*KEYS, "account_key")])
    engine.create(_NAMED, pa.Table.from_pylist(named, schema=columns), step="accounts: names of accounts")


def _values(rows: list[dict[str, Any]], by: list[str]) -> tuple[list[tuple[str, str]], list[Value]]:
    """The names as (key, value), the strongest first, and who holds them: by key, then on fewer rows, then by value."""
    holders: dict[tuple[int, str], list[int]] = {}
    for node, row in enumerate(rows):
        for place, key in enumerate(by):
            if row[key]:
                holders.setdefault((place, row[key]), []).append(node)
    order = sorted(holders, key=lambda name: (name[0], len(holders[name]), name[1]))
    names = [(by[place], value) for place, value in order]
    values = [Value(holders[name], name[0] if by[name[0]] in _SINGLE else None) for name in order]
    return names, values


def _domains(engine: Engine, rows: list[dict[str, Any]], groups: list[int]) -> dict[str, int]:
    """The account of each mail domain: the only one whose rows or contacts have it, or one of the domain's own.

    A domain that several accounts use, such as that of an office building, names none of them.
    """
    mentions, mails = engine.table(MENTIONS), engine.table(_MAILS)
    group_of = {tuple(row[key] for key in KEYS): group for row, group in zip(rows, groups, strict=True)}

    def accounts_of(table: ibis.Table) -> dict[str, set[int | None]]:
        named: dict[str, set[int | None]] = {}
        for row in engine.rows(table.distinct(), step="accounts: domains of accounts"):
            named.setdefault(row["domain"], set()).add(group_of.get(tuple(row[key] for key in KEYS)))
        return named

    given = accounts_of(mentions.filter(mentions.domain.notnull()).select("domain", *KEYS))
    used = accounts_of(
        mentions.join(mails.select("customer_no", mail="domain"), "customer_no").select(*KEYS, domain="mail")
    )
    alone = {row["domain"]: set[int | None]() for row in engine.rows(mails.select("domain").distinct(), step="domains")}
    # What the company's own row says is not outvoted by the mail of a contact.
    found = {
        domain: {group for group in those if group is not None} for domain, those in (alone | used | given).items()
    }
    own = {domain: min(those) for domain, those in found.items() if len(those) == 1}
    free = max(groups, default=-1) + 1
    nobodys = sorted(domain for domain, those in found.items() if not those)
    return own | {domain: free + place for place, domain in enumerate(nobodys)}


def _former_keys(now: Situation) -> ibis.Table | None:
    former = now.former.get(ACCOUNT_KEYS)
    return None if former is None else former.select("account_key", member=former.type + _BETWEEN + former["value"])


def _write_found(engine: Engine, spec: AccountsSpec) -> None:
    """The mentions with their account and what it was found by, and the customers whom only their mail tells."""
    import ibis

    mentions, named, mails, keys = (engine.table(name) for name in (MENTIONS, _NAMED, _MAILS, ACCOUNT_KEYS))
    same = [mentions[key].identical_to(named[key]) for key in KEYS]
    by_name = mentions.join(named, same).select(*mentions.columns, "account_key")
    strongest = ibis.cases(
        *((by_name[key].notnull(), key) for key in spec.by if key in KEYS), else_=ibis.null("string")
    )
    by_name = by_name.mutate(joined_by=strongest)
    domains = keys.filter(keys.type == "domain").select("account_key", known="value")
    known = mentions.filter(ibis.and_(*(mentions[key].isnull() for key in KEYS)))
    by_row = known.join(domains, known.domain == domains.known).select(
        *mentions.columns, "account_key", joined_by=ibis.literal("domain")
    )
    told = mentions.filter(mentions.customer_no.notnull()).select("customer_no").distinct()
    untold = mails.anti_join(told, "customer_no").join(domains, mails.domain == domains.known)
    blank = {
        name: ibis.null(dtype) for name, dtype in mentions.schema().items() if name not in ("customer_no", "origin")
    }
    by_mail = untold.select(
        **(blank | {"customer_no": untold.customer_no, "origin": ibis.literal(len(KEYS), "int64")}),
        account_key="account_key",
        joined_by=ibis.literal("domain"),
    ).select(*by_name.columns)
    engine.create(_FOUND, ibis.union(by_name, by_row, by_mail), step="accounts: mentions of accounts")


def _write_contacts(engine: Engine) -> ibis.Table:
    import ibis

    found, customers = engine.table(_FOUND), engine.table("customers").select("customer_no", "customer_id")
    people = found.filter(found.customer_no.notnull())
    # One row per role; a row without a role says nothing where another row of the contact has one.
    order = [ibis.asc(people.place, nulls_first=False)]
    each = people.mutate(
        _first=ibis.row_number().over(ibis.window(group_by=["customer_no", "account_key", "role"], order_by=order)),
        _roles=people.role.count().over(ibis.window(group_by=["customer_no", "account_key"])),
    )
    kept = each.filter(each["_first"] == 0, each.role.notnull() | (each["_roles"] == 0)).join(customers, "customer_no")
    columns = ("account_key", "customer_no", "customer_id", "role", "title", "joined_by", "source", "record_key")
    content = kept.select(*columns).order_by("account_key", "customer_no", "role")
    return engine.create(CONTACTS, content, step="accounts: contacts")


def _write_accounts(engine: Engine) -> None:
    import ibis

    found, keys, contacts = engine.table(_FOUND), engine.table(ACCOUNT_KEYS), engine.table(CONTACTS)
    everyone = keys.select("account_key").distinct()
    written = found.filter(found.spelling.notnull())
    spelled = written.group_by("account_key", "spelling").agg(own=written.origin.min(), rows=written.count())
    # The table of accounts knows best what a company is called.
    best = ibis.window(
        group_by="account_key", order_by=[spelled.own > 0, ibis.desc(spelled.rows), spelled.own, spelled.spelling]
    )
    ranked = spelled.mutate(_first=ibis.row_number().over(best))
    names = ranked.filter(ranked["_first"] == 0).select("account_key", name="spelling")
    described = found.group_by("account_key").agg(
        **{name: found[name].argmin(found.place, where=found[name].notnull()) for name in DESCRIBED}
    )
    single = {
        kind: keys.filter(keys.type == kind).group_by("account_key").agg(**{kind: keys["value"].min()})
        for kind in ("tax_id", "domain")
    }
    counted = contacts.group_by("account_key").agg(contacts=contacts.customer_no.nunique())
    whole = everyone
    for part in (names, described, *single.values(), counted):
        whole = whole.left_join(part, "account_key").drop("account_key_right")
    parents = keys.filter(keys.type == "account_id").select(_parent="value", parent_key="account_key")
    joined = whole.left_join(parents, whole.parent == parents["_parent"])
    content = joined.select(
        "account_key",
        name=ibis.coalesce(joined.name, joined.domain, joined.tax_id),
        tax_id="tax_id",
        domain="domain",
        industry="industry",
        size="size",
        province="province",
        city="city",
        parent="parent_key",
        contacts=joined.contacts.fill_null(0),
    )
    engine.create(ACCOUNTS, content.order_by("account_key"), step="accounts: accounts")
