"""The lists that people keep by hand: the files behind import tags and uploaded segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import Spec
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.identity.keys import ambiguous, owners
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.segments.spec import SegmentSpec
from huaxiang.sources.readers import open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.tags.spec import ImportTag

if TYPE_CHECKING:
    import ibis

CUSTOMER_ID = "customer_id"
"""What a list may name customers by besides the types of identifiers."""


@dataclass(frozen=True)
class Lists:
    """Opens lists below `folder`. `identifiers` are the project's types, whose cleaning makes spellings equal.

    `findings` takes what a reader should know of a list.
    """

    engine: Engine
    folder: Path
    scratch: Path
    identifiers: Mapping[str, IdentifierSpec]
    findings: list[Finding] = field(default_factory=list)

    def imported(self, tag: ImportTag) -> ibis.Table:
        """What the file of an import tag says about whom: `customer_no`, `value` (text).

        Raises:
            ProjectError: the file has no such columns, there is no such type of identifier, or a value of it names
                somebody else in each of its scopes.
            SourceError: the file can't be read.
        """
        columns = {"key": tag.key, "column": tag.column}
        owner = f"tag '{tag.name}'"
        rows = self._opened(owner, f"tag_{tag.name}", tag, tag.file, columns, tag.identifier)
        keys = rows.select(key=self._cleaned(rows[tag.key], tag.identifier), value=rows[tag.column].cast("string"))
        return self._owned(owner, tag, keys, tag.identifier).select("customer_no", "value")

    def uploaded(self, segment: SegmentSpec) -> ibis.Table:
        """The customers (`customer_no`) on the list of an uploaded segment.

        Raises:
            ProjectError: the file has no such column, there is no such type of identifier, or a value of it names
                somebody else in each of its scopes.
            SourceError: the file can't be read.
        """
        assert segment.file is not None  # noqa: S101 - the definition of a list has all three
        assert segment.key is not None  # noqa: S101
        assert segment.identifier is not None  # noqa: S101
        owner, source = f"segment '{segment.name}'", f"segment_{segment.name}"
        rows = self._opened(owner, source, segment, segment.file, {"key": segment.key}, segment.identifier)
        keys = rows.select(key=self._cleaned(rows[segment.key], segment.identifier))
        owned = self._owned(owner, segment, keys, segment.identifier)
        self._tell_unmatched(owner, segment, keys, owned)
        return owned.select("customer_no")

    def _tell_unmatched(self, owner: str, segment: SegmentSpec, keys: ibis.Table, owned: ibis.Table) -> None:
        """Note how many of the different values of a list name nobody."""
        listed = self.engine.rows(keys.aggregate(n=keys["key"].nunique()), step=f"{owner}: values")[0]["n"]
        known = self.engine.rows(owned.aggregate(n=owned["key"].nunique()), step=f"{owner}: known values")[0]["n"]
        if known < listed:
            message = f"{owner}: {listed - known:,} of the {listed:,} different values in {segment.file} name nobody."
            remedy = "They count from the build on that meets these customers; look for values in another spelling."
            self.findings.append(Finding("list_unmatched", message, segment.place("file"), remedy, "note"))

    def named(self, owner: str, spec: Spec, rows: ibis.Table, key: str, identifier: str) -> ibis.Table:
        """`rows` of a list with the customers (`customer_no`) whom their column `key` names.

        Raises:
            ProjectError: a value of the identifier names somebody else in each of its scopes.
        """
        return self._owned(owner, spec, rows.mutate(key=self._cleaned(rows[key], identifier)), identifier)

    def _opened(
        self, owner: str, source: str, spec: Spec, file: str, columns: Mapping[str, str], identifier: str
    ) -> ibis.Table:
        """The rows of a file that has the columns a definition speaks of: by the key of the definition."""
        known = [CUSTOMER_ID, *self.identifiers]
        if identifier not in known:
            raise ProjectError(
                [unknown("identifier type", identifier, known, owner=owner, at=spec.place("identifier"))]
            )
        listed = SourceSpec(name=source, path=file, at=spec.at)
        raw = open_source(self.engine, listed, self.folder, self.scratch)
        assert raw is not None  # noqa: S101 - only optional sources may be absent
        there = [name for name in raw.table.columns if not name.startswith("_")]
        missing: list[Finding] = [
            unknown("column", name, there, owner=f"{owner}, {file}", at=spec.place(key))
            for key, name in columns.items()
            if name not in there
        ]
        if missing:
            raise ProjectError(missing)
        return raw.table

    def _owned(self, owner: str, spec: Spec, keys: ibis.Table, identifier: str) -> ibis.Table:
        """The rows with their customers; `keys` has `key`."""
        if identifier == CUSTOMER_ID:
            customers = self.engine.table("customers")
            return keys.join(customers.select("customer_no", key=customers.customer_id), "key")
        identifiers = self.engine.table("identifiers")
        if self.identifiers[identifier].scope is not None:
            self._refuse_ambiguous(owner, spec, ambiguous(identifiers, identifier, keys), identifier)
        return keys.join(owners(identifiers, identifier), "key")

    def _refuse_ambiguous(self, owner: str, spec: Spec, found: ibis.Table, identifier: str) -> None:
        rows = self.engine.rows(found.order_by("key").limit(1), step=f"{owner}: values of several customers")
        for row in rows:
            message = f"{owner}: {identifier} '{row['key']}' names somebody else in each of its scopes."
            remedy = f"Write it with its scope: {', '.join(row['choices'])}."
            raise ProjectError([Finding("ambiguous_identifier", message, spec.place("key"), remedy)])

    def _cleaned(self, value: Any, identifier: str) -> Any:
        """The keys as the identifiers are written; what follows the `@` of a type with a scope is that scope."""
        import ibis

        text = value.cast("string")
        if identifier == CUSTOMER_ID:
            return text
        clean, scoped = self.identifiers[identifier].clean, self.identifiers[identifier].scope is not None
        if not scoped:
            return cleaned(text, clean)
        plain, scope = cleaned(text.re_replace("@[^@]*$", ""), clean), text.re_extract("@([^@]*)$", 1)
        return ibis.ifelse(scope == "", cleaned(text, clean), plain + "@" + scope)
