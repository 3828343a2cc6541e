"""Elements of the page that the reader can touch: one file each here, and one of the same name in ``book/_static/widgets``.

The lab stands apart, in :mod:`insidecnn.lab.element`.
"""

from insidecnn.widgets.convolution import convolution
from insidecnn.widgets.detector import detector
from insidecnn.widgets.film import film
from insidecnn.widgets.ledger import Exercise
from insidecnn.widgets.mlp_or_convolution import mlp_or_convolution
from insidecnn.widgets.output_size import output_size
from insidecnn.widgets.pooling import pooling
from insidecnn.widgets.receptive_field import receptive_field
from insidecnn.widgets.softmax import softmax

__all__ = [
    "Exercise",
    "convolution",
    "detector",
    "film",
    "mlp_or_convolution",
    "output_size",
    "pooling",
    "receptive_field",
    "softmax",
]
