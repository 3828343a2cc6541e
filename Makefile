# `make book` builds the site, `make test` tests everything; both are safe to run twice. While working: `make preview`
# and `make check`.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# this checkout's package and Sphinx side, wherever the environment was made
export PYTHONPATH := $(CURDIR)/src:$(CURDIR)/book/_ext
RUN := $(BIN)/python
SIDE_BY_SIDE := -n 2 --dist loadfile

.PHONY: book pdf preview test check record format serve clean browser

book: .venv/ready-book
	@$(RUN) -m booksite
	@echo "The book is in _build/html/index.html; look at it with: make serve"

# the whole book as one file, printed by Chromium with Playwright, which the tests use too
pdf: book .venv/ready-test browser
	@$(RUN) -m booksite.paper

# rebuilds when a file is saved, and reloads the page
preview: .venv/ready-book
	@$(RUN) -m booksite.preview $(PORT)

# everything but what is marked slow (rare faults, second and third browsers, kills of builds); SLOW=1 and CI add that
test: book .venv/ready-test browser
	@$(RUN) -m tests.lint
	$(RUN) -m pytest $(SIDE_BY_SIDE) $(if $(CI)$(SLOW),,-m "not slow")

# what to run while working: no browser, no chapter, no training
check: .venv/ready-test
	@$(RUN) -m tests.lint
	$(RUN) -m pytest $(SIDE_BY_SIDE) -m "not slow" --ignore=tests/site --ignore=tests/chapters --ignore=tests/training

# what a chapter shows now becomes what the tests expect; all chapters without PAGE
record: .venv/ready-book .venv/ready-test
	@$(RUN) -m tests.chapters.record $(PAGE)

format: .venv/ready-test
	@$(RUN) -m tests.lint --fix

serve:
	@echo "http://localhost:$(PORT)/  (stop with Ctrl-C)"
	@$(PYTHON) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

clean:
	rm -rf _build

# what is installed is remembered by these files; they are made anew when the requirements change
.venv/ready-%: pyproject.toml constraints.txt
	@$(PYTHON) book/_ext/install.py $*

# an installed browser if there is one; Debian's where we may install it; else tests say that they skip, and `make pdf` fails
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium (about a minute)"; \
		apt-get update -qq && apt-get install -y -qq chromium >/dev/null; \
	fi
