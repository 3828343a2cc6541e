"""``make preview``: what is saved is seen, and only what must be is executed."""

import os
import subprocess
import sys
import urllib.request

import pytest

from tests.builds import small, whole


@pytest.fixture
def served(tmp_path):
    """A small book and the address at which its preview stands."""
    small.write(tmp_path)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}/src:{tmp_path}/book/_ext", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "booksite.preview", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        said = []
        for line in server.stdout:
            said.append(line)
            if line.startswith("http://"):
                break
        else:
            pytest.fail("".join(said))
        yield tmp_path, line.split()[0].rstrip("/"), server.stdout
        server.terminate()


def until_built(said) -> str:
    """What the preview says until it has built again."""
    lines = []
    for line in said:
        lines.append(line)
        if line.startswith(("Done", "The book was not built")):
            return "".join(lines)
    raise AssertionError("".join(lines))


@pytest.mark.slow
def test_what_is_saved_is_seen(served):
    root, address, said = served

    def page(name):
        with urllib.request.urlopen(f"{address}/book/{name}.html") as answer:
            return answer.read().decode()

    assert "one prints 6" in page("one") and "/__built" in page("one")
    whole.replace(root / "book/three.md", "alone", "by itself")
    assert "Executing" not in until_built(said) and "by itself" in page("three")
    whole.replace(root / "src/insidecnn/deep.py", "sum(numbers())", "sum(numbers()) + 1")
    assert "Executing 1 of 3" in until_built(said) and "one prints 7" in page("one")
    whole.replace(root / "book/three.md", "by itself", "by itself, see [none](none.md)")
    assert "none.md" in until_built(said) and "by itself, see" not in page("three")
    with urllib.request.urlopen(f"{address}/__built") as events:
        assert events.readline().startswith(b"data: ")
