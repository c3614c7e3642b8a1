"""Customers that belong together without being one: households and accounts, where a project asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec

if TYPE_CHECKING:
    import ibis


GROUPS = ("household_members", "account_keys")
"""The tables of a build by which groups keep their ids in the next one."""


@dataclass(frozen=True)
class Situation:
    """What grouping reads: identity's tables, the accepted ones, types of identifiers, the moment, the build before."""

    engine: Engine
    tables: Mapping[str, ibis.Table]
    types: Mapping[str, IdentifierSpec]
    moment: Moment | None = None
    former: Mapping[str, ibis.Table] = field(default_factory=dict)
    """Tables of the build before, by name."""


def write_groups(now: Situation, spec: IdentitySpec) -> ibis.Table:
    """Write the tables of households and accounts, and give `attributes` what they say about each customer.

    An attribute of the project's own is never replaced. Returns `attributes`.
    """
    from huaxiang.identity.accounts import account_attributes, write_accounts
    from huaxiang.identity.households import household_attributes, write_households

    given: list[ibis.Table] = []
    if spec.households is not None:
        write_households(now, spec.households)
        given.append(household_attributes(now.engine))
    if spec.accounts is not None:
        write_accounts(now, spec.accounts)
        given.append(account_attributes(now.engine))
    attributes = now.engine.table("attributes")
    names = list(attributes.columns)
    for table in given:
        new = [name for name in table.columns if name not in names]
        attributes = attributes.left_join(table.select("customer_no", *new), "customer_no").select(*names, *new)
        names += new
    if not given:
        return attributes
    return now.engine.create(
        "attributes", attributes.order_by("customer_no"), step="attributes of households and accounts"
    )
