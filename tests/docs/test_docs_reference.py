"""The reference is made from the code, and nothing in the code is missing from it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "tools"))

import reference  # noqa: E402
import reference_cli  # noqa: E402
import reference_findings  # noqa: E402
import reference_routes  # noqa: E402
import reference_settings  # noqa: E402

from huaxiang.core import errors  # noqa: E402
from huaxiang.core.spec import Spec  # noqa: E402
from huaxiang.expressions import functions  # noqa: E402
from huaxiang.segments.clusters.spec import ClusterSegment  # noqa: E402


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_up_to_date(name):
    written = (reference.REFERENCE / f"{name}.md").read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "run `make reference`"


def test_every_route_is_in_the_reference_and_says_what_it_is_for():
    shown = (reference.REFERENCE / "routes.md").read_text(encoding="utf-8")
    for path, methods in reference_routes.document()["paths"].items():
        for method, operation in methods.items():
            assert f"`{method.upper()} {path}`" in shown
            assert operation["tags"][0] in reference_routes.TITLES
            assert len(operation["description"].partition("Needs the right")[0]) > 20, path


def all_specs(base: type[Spec] = Spec) -> set[type[Spec]]:
    return {base} | {found for child in base.__subclasses__() for found in all_specs(child)}


def test_every_definition_is_in_the_reference():
    shown = {spec for specs in reference_settings.SECTIONS.values() for spec in specs}
    ours = {spec for spec in all_specs() if spec.__module__.startswith("huaxiang.")}
    # Nobody writes the segment that a cluster is: a build makes it.
    assert ours - {Spec, ClusterSegment} == shown


def test_every_setting_says_what_it_means():
    for specs in reference_settings.SECTIONS.values():
        for spec in specs:
            silent = [key for key in reference_settings.keys(spec) if not reference_settings.meaning(spec, key)]
            assert not silent, f"tools/settings.yml: {spec.__name__} lacks {silent}"


def test_no_setting_is_explained_that_does_not_exist():
    known = {spec.__name__: spec for specs in reference_settings.SECTIONS.values() for spec in specs}
    for name, keys in reference_settings.texts().items():
        if name != "Common":
            assert set(keys) <= set(known[name].model_fields), name


def test_every_function_is_explained_in_both_languages():
    for name, function in functions().items():
        assert function.label.en, name
        assert function.label.zh, name
        assert function.documentation.en or function.group == "operator", name
        assert function.documentation.zh or function.group == "operator", name


def test_every_command_explains_each_of_its_options():
    for name, command in reference_cli.commands():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_the_json_of_every_command_is_described():
    text = (ROOT / "tools" / "commands.md").read_text(encoding="utf-8")
    for name, _ in reference_cli.commands():
        assert f"| `{name}` |" in text


def test_every_error_has_its_own_code_and_is_drawn_in_the_tree():
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HuaxiangError)
    ]
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.__name__ in (errors.__doc__ or "")


def test_every_finding_has_a_message_in_the_reference():
    assert [code for code, (message, _) in reference_findings.found().items() if not message] == []


def test_every_code_of_a_finding_is_a_word():
    for code in reference_findings.found():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code), code


def test_links_between_pages_lead_somewhere():
    pages = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not target.startswith("docs/images/"):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
