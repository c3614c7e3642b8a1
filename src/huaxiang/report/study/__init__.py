"""Studies as documents: HTML, PDF, PowerPoint and Excel, in one language each."""

from huaxiang.report.study.write import FORMATS, write

__all__ = ["FORMATS", "write"]
