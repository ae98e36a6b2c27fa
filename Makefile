# The checks that a change must pass; `make check` runs them all.
# (The five operations of the service are in api.mak.)

PYTHON ?= python

.PHONY: check lint types imports test coverage pictures settings passwords lock sbom advisories changelog

check: lint types imports test coverage

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -c 'from cfnlint.runner import main; main()' deploy/cloudformation.yaml deploy/lambda/*.yaml

INTERPRETER = $$($(PYTHON) -c 'import sys; print(sys.executable)')

# The programs of the documents are checked too, each as a file of its own.
# mypy finds the package through a link, since it cannot follow an editable install.
types:
	mkdir -p .typing && ln -sfn .. .typing/cybershop_customer
	$(PYTHON) tools/document_programs.py .typing/documents
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy .typing/documents/*.py
	MYPYPATH=tests:benchmarks:benchmarks/scale $(PYTHON) -m mypy --explicit-package-bases --follow-imports=silent benchmarks/*.py benchmarks/scale/*.py
	cd examples/product && MYPYPATH=../../.typing $(PYTHON) -m mypy .
	cd examples/storefront && MYPYPATH=../../.typing $(PYTHON) -m mypy .
	$(PYTHON) -m pyright --pythonpath "$(INTERPRETER)"
	$(PYTHON) -m pyright --pythonpath "$(INTERPRETER)" --project .typing/documents

imports:
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

test:
	$(PYTHON) -m pytest
	$(PYTHON) -m pytest -m slow

# Tests that are counted take half as long again, so the unit tests alone reach every line.
coverage:
	$(PYTHON) -m pytest tests/unit --cov

# Draws the pictures of the documentation from their text sources, with Debian's packages fossil
# (for Pikchr) and plantuml, and GNU sed.
PICTURES := docs/pictures
SEQUENCES := $(wildcard $(PICTURES)/*.puml)

pictures: $(SEQUENCES:.puml=.drawn)
	fossil pikchr $(PICTURES)/hexagon.pikchr | sed -E -f $(PICTURES)/page.sed >$(PICTURES)/hexagon.svg

%.drawn: %.puml
	plantuml -tsvg -nometadata -config $(PICTURES)/sequence.cfg -pipe <$< | sed -E -f $(PICTURES)/page.sed >$*.svg

# Writes the table of docs/settings.md from the code.
settings:
	$(PYTHON) docs/settings_table.py

# Writes the list of common passwords that the package has, from three published lists.
passwords:
	$(PYTHON) tools/common_passwords.py

# Writes the lock files: each package of an extra, at one version, with the hashes of its files.
# `make lock` changes only what setup.cfg demands; `make lock RENEW=--upgrade` takes the newest versions.
RENEW :=
LOCK = $(PYTHON) -m uv pip compile --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make lock' $(RENEW)

lock:
	$(LOCK) --extra dev setup.cfg --output-file requirements/dev.lock
	$(LOCK) --extra service --extra foreign-hashes setup.cfg --constraint requirements/dev.lock --output-file requirements/service.lock
	$(LOCK) requirements/build.in --constraint requirements/dev.lock --output-file requirements/build.lock
	$(LOCK) requirements/envoy.in --no-deps --output-file requirements/envoy.lock

# Writes dist/sbom.cdx.json, the software bill of materials of what the container image has, as it is locked.
sbom:
	$(PYTHON) tools/sbom.py requirements/service.lock dist/sbom.cdx.json

# Looks for known vulnerabilities of what is locked.
advisories:
	$(PYTHON) tools/advisories.py requirements/service.lock requirements/dev.lock

# Whether CHANGELOG.md has an entry for the changes since BASE, which is the newest tag by default.
changelog:
	$(PYTHON) tools/changelog.py $(BASE)
