"""Studies: what may be written, and which cells stay hidden whatever is subtracted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from huaxiang.core.types import Type
from huaxiang.personas.studies.check import check_studies
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.studies.suppress import hidden_cells

TAGS = {"generation": Type.TEXT, "spend": Type.MONEY, "broken": None}


def codes(**spec: object) -> list[str]:
    study = StudySpec.model_validate({"by": "generation", "tags": ["spend"]} | spec)
    return [finding.code for finding in check_studies({"s": study}, {"vip"}, TAGS)]


def test_a_study_of_what_is_there_has_no_finding():
    assert codes() == codes(segment="vip") == codes(by="broken") == []


def test_names_that_are_not_defined_are_told():
    assert codes(segment="vap") == ["unknown_segment"]
    assert codes(by="generations") == ["unknown_tag"]
    assert codes(tags=["spend", "spent"]) == ["unknown_tag"]


def test_amounts_make_no_groups():
    assert codes(by="spend") == ["no_groups"]


def test_groups_are_made_by_one_tag_or_several():
    assert StudySpec.model_validate({"by": "generation", "tags": ["spend"]}).by == ("generation",)
    assert codes(by=["generation", "broken"]) == []
    assert codes(by=["generation", "spend", "gone"]) == ["no_groups", "unknown_tag"]
    for wrong in ([], ["generation", "generation"], ["a", "b", "c", "d"]):
        with pytest.raises(ValidationError):
            StudySpec.model_validate({"by": wrong, "tags": ["spend"]})


def test_sensitive_tags_are_in_no_document():
    study = StudySpec.model_validate({"by": "generation", "tags": ["spend"]})
    found = [*check_studies({"s": study}, (), TAGS, {"generation", "spend"})]
    assert [finding.code for finding in found] == ["sensitive_study", "sensitive_study"]


def test_a_study_shows_something():
    with pytest.raises(ValidationError):
        StudySpec.model_validate({"by": "generation", "tags": []})


def test_a_small_cell_takes_another_with_it_in_its_row_and_its_column():
    counts = np.array([[50, 3, 40], [90, 20, 60], [70, 80, 65]])
    expected = [[False, True, True], [False, True, True], [False, False, False]]
    assert hidden_cells(counts, 10).tolist() == expected


def test_where_columns_do_not_add_up_only_rows_give_away():
    counts = np.array([[50, 3, 40], [30, 20, 60]])
    assert hidden_cells(counts, 10, columns_add_up=False).tolist() == [[False, True, True], [False] * 3]


@given(
    arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.integers(0, 40)), st.integers(1, 12)
)
def test_no_small_cell_is_shown_nor_alone_in_its_line(counts: np.ndarray, threshold: int):
    hidden = hidden_cells(counts, threshold)
    assert not ((counts > 0) & (counts < threshold) & ~hidden).any()
    for marks in (*hidden, *hidden.T):
        assert marks.sum() != 1 or len(marks) == 1
