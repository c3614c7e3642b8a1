"""Identifiers, edges, customers: which records are the same person, and which of their values survive."""

from huaxiang.identity.attach import with_customer, with_record_customer
from huaxiang.identity.check import check_identity
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.ids import Previous
from huaxiang.identity.run import IdentityResult, resolve_identity

__all__ = [
    "IdentityResult",
    "Previous",
    "check_identity",
    "identifier_types",
    "resolve_identity",
    "with_customer",
    "with_record_customer",
]
