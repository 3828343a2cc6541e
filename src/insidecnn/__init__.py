"""Inside a CNN: the code behind the book.

Import the rooms by name (``from insidecnn import arithmetic, photos``); nothing is imported here,
so that a chapter pays only for what it uses.
"""

__version__ = "0.1.0"
