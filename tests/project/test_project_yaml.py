from __future__ import annotations

from datetime import date
from pathlib import Path

from huaxiang.project.yaml import parse, read


def only(text: str):
    (finding,) = parse(text, "tags/a.yml").findings
    return finding


def test_values_come_with_the_line_of_every_key_and_item():
    document = parse("a:\n  b: 1\n  c:\n    - x\n    - {d: 2026-06-30}\n", "a.yml")
    assert document.data == {"a": {"b": 1, "c": ["x", {"d": date(2026, 6, 30)}]}}
    assert document.lines == {"a": 1, "a.b": 2, "a.c": 3, "a.c.0": 4, "a.c.1": 5, "a.c.1.d": 5}
    assert not document.findings


def test_keys_are_always_text():
    assert parse("values: {1: one, true: yes, 2026: year}", "a.yml").data == {
        "values": {"1": "one", "true": "yes", "2026": "year"}
    }


def test_yes_and_clock_times_stay_text_as_in_yaml_1_2():
    assert parse("a: yes\nb: 08:00\n", "a.yml").data == {"a": "yes", "b": "08:00"}


def test_a_merge_takes_over_the_keys_that_are_not_written():
    text = "a: &a {x: 1, y: 2}\nb: &b {z: 3, y: 4}\nc:\n  <<: [*a, *b]\n  x: 0\n"
    document = parse(text, "a.yml")
    assert document.data["c"] == {"x": 0, "y": 2, "z": 3}
    assert (document.lines["c.x"], document.lines["c.z"]) == (5, 2)
    assert not document.findings


def test_a_merge_of_what_merges_itself_ends():
    codes = [finding.code for finding in parse("a: &a {x: 1, <<: *a}\nb: {<<: *a}\n", "a.yml").findings]
    assert set(codes) == {"recursive_alias"}


def test_a_merge_of_itself_or_of_no_mapping_is_told():
    assert (only("a: &a\n  <<: *a\n").code, only("a: &a [1]\nb:\n  <<: *a\n").code) == ("recursive_alias", "bad_value")


def test_a_tab_is_named_with_its_line():
    finding = only("tags:\n  a:\n\t  b: 1\n")
    assert (finding.code, finding.at.line) == ("tab", 3)
    assert "spaces" in finding.remedy


def test_a_key_written_twice_names_both_lines():
    finding = only("a: 1\nb: 2\na: 3\n")
    assert (finding.code, finding.at.line) == ("duplicate_key", 3)
    assert "line 1" in finding.message


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path):
    path = tmp_path / "gbk.yml"
    path.write_bytes("a: 1\nlabel: 标签\n".encode("gbk"))
    (finding,) = read(path, "gbk.yml").findings
    assert (finding.code, str(finding.at)) == ("not_utf8", "gbk.yml:2")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path):
    path = tmp_path / "bom.yml"
    path.write_bytes("a: 标签\n".encode("utf-8-sig"))
    assert read(path, "bom.yml").data == {"a": "标签"}


def test_a_list_at_the_top_is_refused():
    assert only("- a\n- b\n").code == "not_a_mapping"


def test_an_empty_file_is_an_empty_document():
    for text in ("", "# only a comment\n", "---\n", "~"):
        document = parse(text, "a.yml")
        assert (document.data, document.findings) == ({}, ())


def test_syntax_errors_are_told_without_jargon():
    assert only("a: b: c\n").message == "There is a colon where none can be."
    assert only("a: @b\n").message == "A value can't start with '@' here."
    assert only("a: 1\n---\nb: 2\n").code == "two_documents"
    assert only("a: *nowhere\n").code == "unknown_alias"
    assert only("a: &x {b: *x}\n").code == "recursive_alias"
    assert only("a: [1\nb: 2\n").code == "bad_yaml"
    assert only("a: \x00").code == "bad_yaml"
    assert only("? [a, b]\n: 1\n").code == "bad_key"


def test_a_python_object_is_not_built():
    finding = only("a: !!python/object/apply:os.system ['true']\n")
    assert finding.code == "bad_value"


def test_aliases_of_aliases_are_a_finding_before_they_take_the_memory():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    document = parse("\n".join(lines), "a.yml")  # 10^9 values, were they written out
    (finding,) = document.findings
    assert (finding.code, finding.at.line > 0) == ("too_large", True)
    assert len(document.lines) < 60_000


def test_merges_of_merges_and_long_keys_are_a_finding_before_they_take_the_memory():
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 9)]
    assert only("\n".join(lines)).code == "too_large"
    assert only(f"? {'k' * 100_000}\n: [{', '.join(['1'] * 1_000)}]\n").code == "too_large"


def test_aliases_that_are_nested_too_deeply_are_a_finding():
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} {'[' * 20}*a{n - 1}{']' * 20}" for n in range(1, 100))]
    assert only("\n".join(lines)).code == "bad_yaml"


def test_many_uses_of_one_alias_are_fine():
    text = "a: &a {x: 1, y: 2}\n" + "".join(f"b{n}: {{<<: *a, z: *a}}\n" for n in range(2_000))
    assert not parse(text, "a.yml").findings
