"""A small client of WebDriver BiDi: what a second browser needs to open a page and to be asked about it."""

import asyncio
import json
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from tornado.websocket import websocket_connect

from tests.site.asked import Asked

PROGRAM = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)


class Firefox(Asked):
    """Headless, with a profile of its own in an empty folder.

    Args:
        preferences: as in about:config.
    """

    def __init__(self, folder: Path, preferences: dict | None = None):
        quiet = {"browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False}
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in (quiet | (preferences or {})).items()]
        (folder / "user.js").write_text("\n".join(lines))
        log = folder / "firefox.log"
        with log.open("w") as stream:
            command = [PROGRAM, "--headless", "--no-remote", "--profile", folder, "--remote-debugging-port", "0"]
            self.process = subprocess.Popen(command, stdout=stream, stderr=stream)
        self.count = 0
        self.loop = asyncio.new_event_loop()  # in a thread of its own: Playwright has one in this thread
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        for _ in range(300):
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text()):
                break
            time.sleep(0.1)
        else:
            self.process.kill()
            raise RuntimeError(f"Firefox did not start: {log.read_text()[-500:]}")
        self.socket = self.do(self.connect(f"{found[1]}/session"))
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    @staticmethod
    async def connect(address: str):
        return await websocket_connect(address, max_message_size=10**9)

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=120)

    def ask(self, method: str, **given):
        self.count += 1

        async def exchange():
            await self.socket.write_message(json.dumps({"id": self.count, "method": method, "params": given}))
            while True:
                answer = json.loads(await self.socket.read_message())
                if answer.get("id") == self.count:
                    return answer

        answer = self.do(exchange())
        if "result" not in answer:
            raise RuntimeError(f"{method}: {answer.get('message')}")
        return answer["result"]

    def open(self, address: str):
        self.ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")
        # between a server's page and a file's it changes its process, and may answer from the page before
        self.wait(f"location.href === {json.dumps(address)} && document.readyState === 'complete'")

    def evaluate(self, code: str):
        """The value of an expression, or of the promise that it gives; it must fit into JSON."""
        answer = self.ask(
            "script.evaluate",
            expression=f"Promise.resolve({code}).then((value) => JSON.stringify(value ?? null))",
            target={"context": self.tab},
            awaitPromise=True,
        )
        if answer["type"] != "success":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def close(self):
        self.process.kill()
        self.process.wait()
        self.loop.call_soon_threadsafe(self.loop.stop)
