"""Customers of any trade, simulated from a short description of the kinds of people and of what they buy."""

from huaxiang.simulate.trade.run import simulate_trade
from huaxiang.simulate.trade.spec import TradeSpec

__all__ = ["TradeSpec", "simulate_trade"]
