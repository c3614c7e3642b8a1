"""The routes of `/v1`, a module per resource."""

from huaxiang.api.routes import backups, house, identity, live, overview, personas, profiles, runs, segments, tags

ROUTERS = (
    overview.router,
    profiles.router,
    tags.router,
    segments.router,
    personas.router,
    # Before what has builds by their names.
    runs.router,
    house.router,
    identity.router,
    live.router,
    backups.router,
)
