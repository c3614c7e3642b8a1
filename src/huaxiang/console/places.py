"""The places of the console, as the navigation lists them: where each is, and the right that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.console.words import later


@dataclass(frozen=True)
class Place:
    """An entry of the navigation. `key` is the letter that goes there after `g`."""

    path: str
    label: str
    icon: str
    right: str
    key: str


PLACES: tuple[Place, ...] = (
    Place("/", later("Overview"), "space_dashboard", "overview.read", "o"),
    Place("/customers", later("Customers"), "person_search", "profiles.read", "c"),
    Place("/tags", later("Tags"), "sell", "tags.read", "t"),
    Place("/segments", later("Segments"), "donut_small", "segments.read", "s"),
    Place("/personas", later("Personas"), "groups", "personas.read", "p"),
    Place("/sources", later("Sources"), "storage", "quality.read", "d"),
    Place("/quality", later("Quality"), "fact_check", "quality.read", "q"),
    Place("/identity", later("Identity"), "fingerprint", "identity.read", "i"),
    Place("/reports", later("Reports"), "description", "reports.read", "r"),
    Place("/builds", later("Builds"), "construction", "builds.read", "b"),
    Place("/admin", later("Administration"), "admin_panel_settings", "trail.read", "a"),
)
"""In the order of the navigation."""
