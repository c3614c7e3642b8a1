"""Studies of a build: their figures, ready to be written."""

from huaxiang.service.studies.gather import gather
from huaxiang.service.studies.model import Change, Group, Highlight, NumberFigure, Section, ShareFigure, ShareRow, Study

__all__ = ["Change", "Group", "Highlight", "NumberFigure", "Section", "ShareFigure", "ShareRow", "Study", "gather"]
