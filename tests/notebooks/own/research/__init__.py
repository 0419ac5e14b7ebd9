"""What the notebooks of this folder share."""
from .datasets import load_prices
from .pipeline import ResearchPipeline

__all__ = ["ResearchPipeline", "load_prices"]
