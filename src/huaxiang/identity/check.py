"""What is wrong with the definitions of identity."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.types import Type
from huaxiang.expressions.functions.tokens import KEY_VARIABLE, has_key
from huaxiang.identity.check_fuzzy import check_fuzzy
from huaxiang.identity.check_groups import check_groups
from huaxiang.identity.defaults import TOKEN, identifier_types
from huaxiang.identity.health.check import check_health
from huaxiang.identity.spec import SOURCE, AttributeSpec, IdentitySpec
from huaxiang.identity.survivorship_rules import compile_by

_BEYOND_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]")
"""What Python's regular expressions have and the engine's (RE2) do not."""


def check_identity(
    spec: IdentitySpec,
    *,
    types: Collection[str],
    attributes: Mapping[str, Type],
    sources: Collection[str],
    cleaning: Collection[str],
) -> Iterator[Finding]:
    """Yield a finding for each mistake in identity.yml. Never raises.

    `types` are the identifier types that sources map, `attributes` the columns of `records` with their types,
    `sources` the names of sources and `cleaning` those of cleaning functions.
    """
    yield from _check_types(spec, types, cleaning, attributes)
    yield from _check_key(spec, types)
    for name, attribute in spec.attributes.items():
        if name not in attributes:
            at = spec.place("attributes", name)
            yield unknown("attribute", name, attributes, owner="identity.yml", at=at)
        yield from _check_rule(spec, attribute, sources, "attributes", name)
        yield from _check_by(spec, attribute, attributes, name)
    yield from _check_rule(spec, spec.default, sources, "default")
    yield from _check_by(spec, spec.default, attributes, None)
    yield from _check_together(spec, attributes)
    yield from check_groups(spec, types, attributes)
    yield from check_health(spec)
    yield from check_fuzzy(spec, types=types, attributes=attributes, sources=sources)


def _check_types(
    spec: IdentitySpec, types: Collection[str], cleaning: Collection[str], attributes: Collection[str]
) -> Iterator[Finding]:
    for name, identifier in spec.identifiers.items():
        owner = f"identifier type '{name}'"
        if name not in types:
            mapped = ", ".join(sorted(types)) or "none"
            yield Finding(
                code="unused_identifier",
                message=f"{owner}: no source maps it. Mapped types: {mapped}.",
                at=spec.place("identifiers", name),
                remedy=f"Add it to 'identifiers' of a feed (identifiers: {{{name}: COLUMN}}), or remove it here.",
                severity="warning",
            )
        for function in identifier.clean:
            if function not in cleaning:
                at = spec.place("identifiers", name, "clean")
                yield unknown("cleaning function", function, cleaning, owner=owner, at=at)
        if identifier.scope not in (None, SOURCE, *attributes):
            at = spec.place("identifiers", name, "scope")
            yield unknown("scope", str(identifier.scope), (SOURCE, *attributes), owner=owner, at=at)
        for key in ("pattern", "junk_pattern"):
            if getattr(identifier, key) is not None:
                yield from _check_pattern(spec, name, key, getattr(identifier, key))


def _check_key(spec: IdentitySpec, types: Collection[str]) -> Iterator[Finding]:
    """Types whose values are dropped, since they may be kept as tokens only and there is no key."""
    for name, identifier in identifier_types(spec, types).items():
        if name in types and TOKEN in identifier.clean and not has_key():
            yield Finding(
                code="token_key_missing",
                message=f"identifier type '{name}': its values are kept as tokens only, but {KEY_VARIABLE} is not set. "
                "They are dropped, and join nobody.",
                at=spec.place("identifiers", name),
                remedy=f"Set {KEY_VARIABLE} to a long secret before the command, the same at every build.",
                severity="warning",
            )


def _check_pattern(spec: IdentitySpec, name: str, key: str, pattern: str) -> Iterator[Finding]:
    wrong = _wrong_pattern(pattern)
    if wrong:
        yield Finding(
            code="bad_pattern",
            message=f"identifier type '{name}': the {key} '{pattern}' can't be used: {wrong}.",
            at=spec.place("identifiers", name, key),
            remedy="Write a regular expression in single quotes, so that YAML leaves backslashes alone.",
        )


def _wrong_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"it is no regular expression ({error})"
    return "the engine knows neither look-around nor back references" if _BEYOND_RE2.search(pattern) else ""


def _check_rule(spec: IdentitySpec, rule: AttributeSpec, sources: Collection[str], *path: str) -> Iterator[Finding]:
    owner = "attribute " + repr(path[-1]) if len(path) > 1 else "default of attributes"
    for source in rule.sources:
        if source not in sources:
            yield unknown("source", source, sources, owner=owner, at=spec.place(*path, "sources"))
    if rule.rule == "source_priority" and not (rule.sources or spec.default.sources):
        yield Finding(
            code="no_source_priority",
            message=f"{owner}: the rule source_priority needs the sources in order.",
            at=spec.place(*path),
            remedy="Add 'sources: [MOST TRUSTED, …]' here or under 'default'.",
        )


def _check_by(
    spec: IdentitySpec, rule: AttributeSpec, types: Mapping[str, Type], name: str | None
) -> Iterator[Finding]:
    if rule.by is None:
        return
    try:
        compile_by(rule, types, name, spec)
    except ProjectError as error:
        yield from error.findings


def _check_together(spec: IdentitySpec, attributes: Collection[str]) -> Iterator[Finding]:
    owner, seen = "attributes that stay together", set[str]()
    for place, group in enumerate(spec.together):
        at = spec.place("together", place)
        for name in group:
            if name not in attributes:
                yield unknown("attribute", name, attributes, owner=owner, at=at)
            elif name in seen:
                message = f"{owner}: '{name}' is listed twice, but can come from one record only."
                yield Finding("attribute_twice", message, at, "Put all that belong together into one group.")
            seen.add(name)
