"""Elements of the page that the reader can touch: one file each here, and one of the same name in ``book/_static/widgets``."""

from insidecnn.widgets.convolution import convolution
from insidecnn.widgets.ledger import Exercise
from insidecnn.widgets.mlp_or_convolution import mlp_or_convolution
from insidecnn.widgets.softmax import softmax

__all__ = ["Exercise", "convolution", "mlp_or_convolution", "softmax"]
