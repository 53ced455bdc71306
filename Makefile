# make demo: set up and do the main job once.  make test: set up and run the tests.  See README.md.
PY := .venv/bin/python
export QT_QPA_PLATFORM ?= $(if $(DISPLAY)$(WAYLAND_DISPLAY),,offscreen)

.PHONY: demo test lint bench bench-real bench-masks accuracy screenshots wheel clean

.venv/ready: packaging/setup.sh pyproject.toml constraints.txt
	packaging/setup.sh

demo: .venv/ready
	$(PY) -m vtl_desktop demo --out demo-out

test: .venv/ready
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest

lint: .venv/ready
	$(PY) -m pip install --quiet -c constraints.txt -e '.[dev]'
	$(PY) -m ruff check vtl_desktop tests
	$(PY) -m ruff format --check vtl_desktop tests
	$(PY) -m pyright
	.venv/bin/lint-imports

bench: .venv/ready
	QT_QPA_PLATFORM=offscreen $(PY) tests/bench/bench.py

# make bench-real MEDIA=DIR: the yardstick on real video; DIR holds bench/, and its neighbour ../bench the two scripts.
bench-real: .venv/ready
	$(PY) tests/bench/bench_real.py --media "$(MEDIA)"

# make bench-masks MEDIA=DIR [ARGS="--comparators DIR"]: masks against the truth, beside those of other methods.
bench-masks: .venv/ready
	$(PY) tests/bench/bench_masks.py --media "$(MEDIA)" $(ARGS)

# make accuracy MEDIA=DIR [ARGS="--limit 8"]: all tables of codes and votes alone, on the same kind of suspects.
accuracy: .venv/ready
	$(PY) tests/bench/accuracy.py --media "$(MEDIA)" $(ARGS)

screenshots: .venv/ready
	$(PY) -m vtl_desktop demo --out demo-out --no-window
	QT_QPA_PLATFORM=offscreen $(PY) -m vtl_desktop.ui.screenshot demo-out/suspect.mp4 demo-out/archive.h5 docs/pictures --steps

wheel: .venv/ready
	$(PY) -m pip install --quiet build
	$(PY) -m build --wheel

clean:
	rm -rf .venv build dist demo-out .pytest_cache .ruff_cache .import_linter_cache
