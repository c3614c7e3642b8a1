"""The report: one HTML file that needs no network, in Chinese and English, for the screen and for paper."""

from huaxiang.report.write import write

__all__ = ["write"]
