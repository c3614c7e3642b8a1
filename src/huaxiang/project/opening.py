"""Opening the engine that a build writes its snapshot with."""

from __future__ import annotations

from huaxiang.core.engine import Engine
from huaxiang.project.loaded import LoadedProject
from huaxiang.store.snapshots import Building, Snapshot


def open_engine(
    project: LoadedProject,
    building: Building,
    former: Snapshot | None,
    *,
    threads: int | None = None,
    memory: str | None = None,
) -> Engine:
    """The engine that the project asks for; an embedded one begins with what may be taken over of `former`.

    Raises:
        StoreError: Spark's master is not there, the disk refused, or the former file can't be opened.
    """
    spec = project.spec
    memory = memory or spec.memory
    if spec.spark is not None and spec.engine == "spark":
        where = spec.spark
        return building.open_spark(master=where.master, options=where.options, zone=spec.time_zone, memory=memory)
    keep = () if former is None else ("profiles", *former.figures["upstream"]["tables"])
    return building.open_engine(
        zone=spec.time_zone, threads=threads or spec.threads, memory=memory, former=former, keep=keep
    )
