"""Libraries of definitions that come with the package and that a project may name under `uses`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huaxiang.core.text import Text

_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Library:
    """A set of YAML files below the package; `places` are files or folders."""

    label: Text
    places: tuple[str, ...]

    def files(self) -> Iterator[tuple[Path, str]]:
        """Each file with the name under which findings show it."""
        for place in self.places:
            path = _PACKAGE / place
            for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
                yield file, f"huaxiang/{file.relative_to(_PACKAGE).as_posix()}"


LIBRARIES: dict[str, Library] = {
    "huaxiang/files": Library(
        Text(
            "Standard files: CSV in data/ whose columns have the standard names",
            "标准文件：data/ 中列名与标准表一致的 CSV",
        ),
        ("sources/library/files.yml",),
    ),
    "huaxiang/retail": Library(
        Text("Retail: tags and segments for shops and e-commerce", "零售：门店与电商的标签和分群"),
        ("tags/library/retail", "segments/library/retail.yml", "segments/library/clusters.yml"),
    ),
}
