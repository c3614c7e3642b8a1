"""What is wrong with the definitions of households and accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.types import Type
from huaxiang.expressions import Scope, compile_expression
from huaxiang.expressions.functions.base import BOOL
from huaxiang.identity.spec import IdentitySpec
from huaxiang.identity.survivorship_rules import ORDERABLE


def check_groups(spec: IdentitySpec, types: Collection[str], attributes: Mapping[str, Type]) -> Iterator[Finding]:
    """Yield a finding for each mistake in `households` and `accounts` of identity.yml. Never raises.

    `types` are the identifier types that sources map, `attributes` the columns of `records` with their types.
    """
    if spec.households is not None:
        yield from _check_keys(spec, types, attributes)
        yield from _check_expression(spec, "where", spec.households.where, attributes, BOOL)
        yield from _check_expression(spec, "head", spec.households.head, attributes, ORDERABLE)


def _check_keys(spec: IdentitySpec, types: Collection[str], attributes: Mapping[str, Type]) -> Iterator[Finding]:
    assert spec.households is not None  # noqa: S101
    for place, key in enumerate(spec.households.by):
        known = [*attributes, *types] if len(key.on) == 1 else [*attributes]
        for name in key.on:
            if name not in known:
                yield unknown(
                    "household key", name, known, owner="households", at=spec.place("households", "by", place)
                )


def _check_expression(
    spec: IdentitySpec, key: str, text: str | None, attributes: Mapping[str, Type], wanted: frozenset[Type]
) -> Iterator[Finding]:
    if text is None:
        return
    try:
        compile_expression(text, Scope(attributes, "households"), spec.place("households", key), wanted=wanted)
    except ProjectError as error:
        yield from error.findings
