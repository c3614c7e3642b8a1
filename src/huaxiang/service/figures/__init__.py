"""The figures of a snapshot: everything a report shows, read once, with small groups left out."""

from huaxiang.service.figures.gather import gather
from huaxiang.service.figures.model import Figures

__all__ = ["Figures", "gather"]
