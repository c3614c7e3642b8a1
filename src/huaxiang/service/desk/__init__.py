"""The desk: what edges that serve other people may ask, each question held against the rights of who asks.

The console and the API call functions of the modules here and nothing else of the service. A function takes the `Desk`
of one actor first and is marked with the right that it needs (`allowed`); so no edge can forget to ask.
"""

from huaxiang.service.desk.allowed import USE_CASES, allowed, must
from huaxiang.service.desk.desk import Desk

__all__ = ["USE_CASES", "Desk", "allowed", "must"]
