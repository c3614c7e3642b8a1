"""People who rate ten films: simulated with known truth, or read from a folder shaped like MovieLens."""

from huaxiang.simulate.films.given import take_films
from huaxiang.simulate.films.run import simulate_films

__all__ = ["simulate_films", "take_films"]
