"""What a user may expect of the retail library: complete, bilingual, without copies, and with the promised names."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.project.loaded import LoadedProject
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.spec import BinsTag, RuleTag, TagSpec

PROMISED = (
    *("order_count", "order_count_90d", "spend_total", "spend_365d", "average_order_value"),
    *("days_since_first_order", "days_since_last_order", "top_category_365d"),
    *("recency_score", "frequency_score", "monetary_score", "rfm_group", "value_tier", "lifecycle_stage"),
    *("gender", "age", "province", "city_tier", "region_tier"),
    *("new_parent", "price_sensitivity", "promotion_dependence", "night_owl", "brand_loyalty"),
)

CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNITS = {
    *("currency", "share", "ratio", "days", "weeks", "months", "years", "hours", "minutes"),
    *("orders", "items", "points", "stars", "bits"),
}


def _texts(spec: TagSpec) -> dict[str, Text]:
    return {"label": spec.label, "description": spec.description, **spec.values}


def test_it_reads_and_compiles_without_a_finding(library: LoadedProject, compiled: dict[str, CompiledTag]) -> None:
    assert [finding for finding in library.findings if finding.severity == "error"] == []
    assert compiled.keys() == library.tags.keys()
    assert {tag.name for tag in compiled.values() if tag.type is Type.NULL} == set()


def test_there_are_at_least_170_tags_in_9_dimensions_on_3_levels(library: LoadedProject) -> None:
    assert len(library.tags) >= 170
    used = {(spec.dimension, spec.category) for spec in library.tags.values()}
    assert len({dimension for dimension, _ in used}) >= 9
    assert len(used) > 2 * len(library.dimensions)


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_name_exists(library: LoadedProject, name: str) -> None:
    assert name in library.tags


def test_every_tag_stands_in_a_dimension_and_a_category_that_exist(library: LoadedProject) -> None:
    homeless = [
        name
        for name, spec in library.tags.items()
        if spec.dimension not in library.dimensions
        or spec.category not in library.dimensions[spec.dimension].categories
    ]
    assert homeless == []


def test_no_category_is_empty(library: LoadedProject) -> None:
    used = {(spec.dimension, spec.category) for spec in library.tags.values()}
    defined = {(name, category) for name, spec in library.dimensions.items() for category in spec.categories}
    assert defined - used == set()


def test_dimensions_and_categories_are_labelled_in_both_languages(library: LoadedProject) -> None:
    texts = [text for spec in library.dimensions.values() for text in (spec.label, spec.description)]
    texts += [each.label for spec in library.dimensions.values() for each in spec.categories.values()]
    assert [text for text in texts if not _is_bilingual(text)] == []


def test_every_label_and_description_is_in_both_languages(library: LoadedProject) -> None:
    lacking = [
        f"{name}.{key}"
        for name, spec in library.tags.items()
        for key in ("label", "description")
        if not _is_bilingual(getattr(spec, key))
    ]
    assert lacking == []


def test_chinese_text_is_chinese_and_english_text_is_not(library: LoadedProject) -> None:
    odd = [
        f"{name}.{key}: {text}"
        for name, spec in library.tags.items()
        for key, text in _texts(spec).items()
        if not re.search(r"[\u4e00-\u9fff\d]|^App$", text.zh) or CHINESE.search(text.en)
    ]
    assert odd == []


def test_descriptions_are_one_to_three_sentences_and_end_as_sentences(library: LoadedProject) -> None:
    odd = [
        name
        for name, spec in library.tags.items()
        if not spec.description.en.endswith(".")
        or not spec.description.zh.endswith("。")
        or len(spec.description.en) > 340
    ]
    assert odd == []


def test_labels_are_unique_in_each_language(library: LoadedProject) -> None:
    for language in ("en", "zh"):
        names = defaultdict(list)
        for name, spec in library.tags.items():
            names[spec.label[language]].append(name)
        assert {label: tags for label, tags in names.items() if len(tags) > 1} == {}


def test_no_tag_is_a_copy_of_another(library: LoadedProject) -> None:
    said = {"name", "dimension", "category", "label", "description", "unit", "values", "privacy", "requires"}
    definitions = defaultdict(list)
    for name, spec in library.tags.items():
        definitions[spec.model_dump_json(exclude=said)].append(name)
    assert [tags for tags in definitions.values() if len(tags) > 1] == []


def test_every_value_of_a_rule_or_of_named_bins_has_a_label(library: LoadedProject) -> None:
    unlabelled = {name: _values(spec) - spec.values.keys() for name, spec in library.tags.items()}
    assert {name: values for name, values in unlabelled.items() if values} == {}


def test_no_rule_labels_a_value_that_it_never_gives(library: LoadedProject) -> None:
    odd = {name: spec.values.keys() - values for name, spec in library.tags.items() if (values := _values(spec))}
    # Rules that judge by levels share one set of labels, some of which they may not need.
    assert {name: values for name, values in odd.items() if values - {"unknown"}} == {}


def test_units_are_of_a_known_few(library: LoadedProject) -> None:
    assert {spec.unit for spec in library.tags.values()} - {""} <= UNITS


def test_money_has_the_unit_currency(compiled: dict[str, CompiledTag]) -> None:
    assert [tag.name for tag in compiled.values() if tag.type is Type.MONEY and tag.spec.unit != "currency"] == []


def test_attributes_about_a_person_are_personal(library: LoadedProject) -> None:
    sensitive = ("income_band", "marital_status", "children", "has_children", "household_type", "life_stage")
    personal = ("gender", "birthday", "age", "age_band", "province", "city", "district", "occupation", "education")
    assert {library.tags[name].privacy for name in sensitive} == {"L4"}
    assert {library.tags[name].privacy for name in personal} == {"L3"}


def test_guesses_about_life_and_mind_say_that_they_are_inferences(library: LoadedProject) -> None:
    guesses = (
        "new_parent", "life_stage", "night_owl", "pet_owner", "price_sensitivity", "brand_loyalty", "premium_affinity",
        "variety_seeking", "planning_style", "impulse_index", "churn_warning", "shopping_rhythm", "usual_city",
    )  # fmt: skip
    said = [name for name in guesses if re.search(r"[Ii]nfer", library.tags[name].description.en)]
    assert said == list(guesses)
    assert [name for name in guesses if "推断" not in library.tags[name].description.zh] == []


def _is_bilingual(text: Text) -> bool:
    return bool(text.en and text.zh) and text.en != text.zh and bool(CHINESE.search(text.zh))


def _values(spec: TagSpec) -> set[str]:
    match spec:
        case RuleTag():
            outcomes = [case.then for case in spec.cases] + [spec.otherwise]
            return {str(outcome) for outcome in outcomes if outcome is not None}
        case BinsTag():
            return set(spec.bins.labels)
    return set()
