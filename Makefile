# `make book` builds the site, `make test` tests everything; both are safe to run twice.
PYTHON ?= python3
BIN := .venv/bin
PAGES := _build/html
PORT ?= 8000

.PHONY: book test serve clean lint browser

book: .venv/ready-book
	$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going --quiet
	@echo "The book is in $(PAGES)/index.html; look at it with: make serve"

test: book .venv/ready-test browser
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/python -m pytest

serve:
	@echo "http://localhost:$(PORT)/  (stop with Ctrl-C)"
	@$(PYTHON) -m http.server $(PORT) --bind 127.0.0.1 --directory $(PAGES)

lint: .venv/ready-test
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:
	rm -rf _build

# what is installed is remembered by these files; they are made anew when the requirements change
.venv/ready-%: pyproject.toml constraints.txt
	@echo "Installing what the $* needs into .venv (PyTorch is large: some minutes on a slow line)"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --editable ".[$*]" --constraint constraints.txt
	@touch $@

# an installed browser if there is one; Debian's where we may install it; else the tests say that they skip it
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the tests of the site"; \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	fi
