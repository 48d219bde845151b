"""From a file that nobody has declared to models: docs/adding-a-source.md."""

from customer360.sources.command import add_source, choose
from customer360.sources.proposal import Choices

__all__ = ["Choices", "add_source", "choose"]
