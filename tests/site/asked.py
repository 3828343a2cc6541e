"""What the browsers besides Chromium share: to be asked until there is an answer."""

import time


class Asked:
    """Subclasses have ``evaluate(code)``, the value of an expression of JavaScript."""

    def wait(self, code: str, seconds: float = 60):
        for _ in range(int(seconds * 20)):
            if value := self.evaluate(code):
                return value
            time.sleep(0.05)
        raise TimeoutError(f"{type(self).__name__}: still nothing after {seconds} s: {code}")
