"""The definition language: SQL expressions, checked against what exists, compiled for any engine."""

from huaxiang.expressions.check import Scope
from huaxiang.expressions.compile import Expression, compile_expression
from huaxiang.expressions.functions import functions

__all__ = ["Expression", "Scope", "compile_expression", "functions"]
