"""What people decided about who is who, from the project's operational database."""

from __future__ import annotations

from huaxiang.core.decisions import Decision
from huaxiang.project.loaded import LoadedProject
from huaxiang.store.operational import Decisions, Operational


def operational(project: LoadedProject) -> Operational:
    """The operational database of the project; made where it is missing.

    Raises:
        StoreError: it can't be reached or written.
    """
    return Operational.open(project.folder, _url(project))


def read_decisions(project: LoadedProject) -> list[Decision]:
    """All decisions, also those that were taken back, the earliest first. Makes no database where there is none.

    Raises:
        StoreError: the database can't be reached or read.
    """
    database = Operational.open_existing(project.folder, _url(project))
    return [] if database is None else Decisions(database).all()


def _url(project: LoadedProject) -> str | None:
    return project.spec.operational.url if project.spec.operational else None
