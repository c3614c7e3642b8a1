"""What a plan says of personas: which are portrayed, and why others are left out."""

from __future__ import annotations

from dataclasses import replace

from tiny import write_tiny

import huaxiang as hx
from huaxiang.core.text import Text
from huaxiang.segments.clusters.spec import ClusterSegment

PERSONAS = """personas:
  buyers: {}
  others: {segment: nobody}
"""


def test_a_persona_without_a_segment_portrays_the_one_of_its_name(tmp_path):
    plan = hx.load(write_tiny(tmp_path, personas=PERSONAS)).plan()
    assert [(one.name, one.segment) for one in plan.personas] == [("buyers", "buyers"), ("others", "nobody")]
    assert "persona" not in [row["kind"] for row in plan.left_out]


def test_a_persona_of_a_cluster_that_was_not_found_is_left_out_for_that_segment(tmp_path):
    plan = hx.load(write_tiny(tmp_path, personas=PERSONAS)).plan()
    spec = ClusterSegment(name="nobody", group="styles", number=1)
    found = replace(plan.segments.segments["nobody"], spec=spec)
    segments = replace(plan.segments, segments={**plan.segments.segments, "nobody": found})
    left = replace(plan, segments=segments).without({"nobody": Text("none", "无")}, {"styles": Text("none", "无")})
    assert [(row["kind"], row["name"], row["reason"]) for row in left.left_out[len(plan.left_out) :]] == [
        ("clusters", "styles", "none"),
        ("persona", "others", "its segment nobody is not built"),
    ]
