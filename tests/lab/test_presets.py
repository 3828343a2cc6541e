"""The kernels that can take the place of a learned one."""

import numpy as np

from insidecnn.lab import presets


def test_preset_kernels_are_exact_and_do_what_they_are_called():
    kernels = presets.presets()
    for name, kernel in kernels.items():
        assert kernel.shape == (3, 11, 11) and np.abs(kernel).max() == 1, name
        np.testing.assert_array_equal(kernel * 64, np.round(kernel * 64))
    ramp = np.broadcast_to(np.arange(11.0), (3, 11, 11))
    assert (kernels["Sobel x"] * ramp).sum() > 0 == (kernels["Sobel y"] * ramp).sum()
    assert kernels["Laplacian"].sum() == kernels["red against green"].sum() == 0
    assert (kernels["blur"] >= 0).all()
