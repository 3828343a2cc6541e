"""The lecture deck that this book follows: what its slides say, as data, and what runs.

One file a topic; each has a function of the topic's name that takes what :func:`insidecnn.deck.cells.run`
returns, and gives the statements with their verdicts.
"""
