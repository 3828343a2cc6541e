"""A small client of WebDriver for WebKitGTK: the engine of Safari, as far as it runs on Linux."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.site.asked import Asked

PROGRAM = shutil.which("WebKitWebDriver") if shutil.which("Xvfb") else None


class WebKit(Asked):
    """On a screen that nobody sees, with a home of its own in an empty folder."""

    def __init__(self, folder: Path):
        with (folder / "webkit.log").open("w") as log:
            end, write = os.pipe()
            screen = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
            self.processes = [subprocess.Popen(screen, pass_fds=[write], stdout=log, stderr=log)]
            os.close(write)
            with os.fdopen(end) as told:
                display = told.readline().strip()
            home = os.environ | {"DISPLAY": f":{display}", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
            home |= {"WEBKIT_SKIA_ENABLE_CPU_RENDERING": "1"}  # software that stands in for a GPU crashes at times
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            self.processes += [subprocess.Popen([PROGRAM, f"--port={self.port}"], env=home, stdout=log, stderr=log)]
        self.session = ""
        for _ in range(100):
            try:
                self.session = f"/session/{self.ask('POST', '/session', capabilities={})['sessionId']}"
                break
            except OSError:
                time.sleep(0.1)
        else:
            self.close()
            raise RuntimeError(f"WebKit did not start: {(folder / 'webkit.log').read_text()[-500:]}")

    def ask(self, method: str, path: str, **given):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{self.session}{path}", json.dumps(given).encode(), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {json.load(error)['value']['message']}") from None

    def open(self, address: str):
        self.ask("POST", "/url", url=address)

    def evaluate(self, code: str):
        """The value of an expression, or of the promise that it gives; it must fit into JSON."""
        script = f"Promise.resolve().then(() => ({code})).then((value) => arguments[0]({{ value: value ?? null }}), (error) => arguments[0]({{ error: String(error) }}))"
        try:
            answer = self.ask("POST", "/execute/async", script=script, args=[])
        except RuntimeError as error:
            if "Could not parse script result" not in str(error):
                raise
            answer = self.ask("POST", "/execute/async", script=script, args=[])  # the driver's fault, on a busy machine
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    def close(self):
        try:
            if self.session:
                self.ask("DELETE", "")
        finally:
            for process in reversed(self.processes):
                process.kill()
                process.wait()
