import pyarrow as pa
import pytest

from huaxiang.core import keeping
from huaxiang.core.keeping import keeping_memory


def _fails(seen: list[str]) -> None:
    with keeping_memory():
        seen.append(pa.default_memory_pool().backend_name)
        raise ValueError("within")


def test_memory_is_given_back_also_after_a_mistake():
    before, seen = pa.default_memory_pool().backend_name, []
    with pytest.raises(ValueError, match="within"):
        _fails(seen)
    assert seen == ["system" if keeping._glibc() else before]
    assert pa.default_memory_pool().backend_name == before


def test_without_glibc_nothing_changes(monkeypatch):
    monkeypatch.setattr(keeping, "_glibc", lambda: None)
    before = pa.default_memory_pool().backend_name
    with keeping_memory():
        assert pa.default_memory_pool().backend_name == before
