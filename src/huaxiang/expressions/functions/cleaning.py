"""Cleaning functions: from a value as people typed it to a value that can be compared."""

from __future__ import annotations

from huaxiang.expressions.functions.base import Function

CLEANING: tuple[Function, ...] = ()
