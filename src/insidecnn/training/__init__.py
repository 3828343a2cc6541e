"""The recipes that made the shipped weights; run one with ``python -m insidecnn.training.NAME``."""
