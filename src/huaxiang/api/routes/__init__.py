"""The routes of `/v1`, a module per resource."""

from huaxiang.api.routes import overview

ROUTERS = (overview.router,)
