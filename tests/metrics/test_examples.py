"""Every measure's docstring works an example, and the example holds."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from insidecnn import metrics

MODULES = [module.name for module in pkgutil.iter_modules(metrics.__path__, "insidecnn.metrics.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    done = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert done.attempted and not done.failed


@pytest.mark.parametrize("name", [name for name in metrics.__all__ if inspect.isfunction(getattr(metrics, name))])
def test_every_measure_has_one(name):
    assert ">>> " in getattr(metrics, name).__doc__
