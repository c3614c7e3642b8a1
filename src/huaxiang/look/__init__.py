"""How everything that people look at looks: the colours and type that report and console share, light and dark."""

from huaxiang.look.tokens import Mode, tokens, tokens_css

__all__ = ["Mode", "tokens", "tokens_css"]
