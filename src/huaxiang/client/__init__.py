"""The Python client of the API: a thin, typed layer over HTTP.

from huaxiang.client import Client

with Client("https://huaxiang.example.com", "hx_…") as shop:
    shop.profile("phone:13900000000").tags["spend_total"]
    for customer in shop.customers(rule="spend_total > 1000", tags=["rfm_group"]):
        ...
"""

from huaxiang.client.client import Client
from huaxiang.client.models import Count, Customer, Event, Kept, LookedUp, Profile, Segment, Tag

__all__ = ["Client", "Count", "Customer", "Event", "Kept", "LookedUp", "Profile", "Segment", "Tag"]
