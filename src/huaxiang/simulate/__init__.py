"""A simulated shop with known truth: data as dirty as real ones, and beside them what is really so."""

from huaxiang.simulate.shop import Progress, Summary, simulate_shop

__all__ = ["Progress", "Summary", "simulate_shop"]
