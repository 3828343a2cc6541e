"""The kernel's bytes come from its source."""

import shutil
import subprocess

import pytest

from tests.conftest import BOOK

KERNEL = BOOK / "_static" / "lab" / "kernel.c"


def debian_s_clang():
    """Other versions may give other bytes for the same source."""
    if not (shutil.which("clang") and shutil.which("wasm-ld")):
        return False
    said = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True).stdout
    return "Debian clang version 14." in said


@pytest.mark.skipif(not debian_s_clang(), reason="Debian 12's clang and lld are not installed")
def test_the_kernel_s_bytes_come_from_its_source(tmp_path):
    line = KERNEL.read_text().splitlines()[1].removeprefix("// ")
    assert line.startswith("clang --target=wasm32")
    shutil.copy(KERNEL, tmp_path)
    subprocess.run(line, shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "kernel.wasm").read_bytes() == KERNEL.with_name("kernel.wasm").read_bytes()
    source = "\n".join(line.split("//")[0] for line in KERNEL.read_text().splitlines())
    assert "fma" not in source and "relaxed" not in source
