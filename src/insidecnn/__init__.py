"""Inside a CNN: the code behind the book.

Data takes one way: photograph, pixels, tensor, layers, answer, picture.

* ``photos``, ``preprocess``: a file becomes a tensor
* ``arithmetic``, ``counting``, ``reference``, ``losses``: sizes and sums, operators in plain loops
* ``alexnet``, ``weights``, ``patches``, ``matching``: the network, its numbers, what it answers to
* ``classification/``, ``instances/``, ``joints/``, ``tracking/``: one file a system; ``metrics/``: how good they are
* ``training/``: the loop and one recipe a network; ``parameters/``: what the recipes made
* ``figures/``, ``widgets/``, ``lab/``: pictures, figures to change, the network in the browser
* ``digits``, ``scenes``: data; ``history``: who made which network; ``deck/``: the lecture's slides, checked

Import modules by name (``from insidecnn import arithmetic, photos``); nothing is imported here,
so that a chapter pays only for what it uses.
"""

__version__ = "0.1.0"
