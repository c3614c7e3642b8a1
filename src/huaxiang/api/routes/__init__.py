"""The routes of `/v1`, a module per resource."""

from huaxiang.api.routes import backups, house, identity, live, overview, personas, profiles, runs, segments, tags

ROUTERS = (
    # Routes are searched in this order: first what is asked for most.
    profiles.router,
    overview.router,
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
