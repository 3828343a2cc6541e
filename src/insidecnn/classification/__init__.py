"""Classifiers: LeNet-5 as its paper has it, and a small network of each later family that trains in seconds.

One file a system. :mod:`insidecnn.classification.small` lists the small ones and loads their weights.
"""
