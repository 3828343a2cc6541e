"""Elements of the page that the reader can touch: one file each here, and one of the same name in ``book/_static/widgets``."""

from insidecnn.widgets.convolution import convolution
from insidecnn.widgets.output_size import output_size
from insidecnn.widgets.pooling import pooling
from insidecnn.widgets.receptive_field import receptive_field

__all__ = ["convolution", "output_size", "pooling", "receptive_field"]
