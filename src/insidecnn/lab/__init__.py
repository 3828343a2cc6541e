"""AlexNet's features in the reader's browser: the Python side of ``book/_static/lab``."""
