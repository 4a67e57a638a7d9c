# What a person runs. Each target says what it does as it goes.
#
#   make run     build and serve at http://localhost:8000, data under ./data
#   make test    every test, on SQLite and on a PostgreSQL of its own
#   make lint    formatting, lints, documentation, purity of the pure crates
#   make bench   the table of docs/PERFORMANCE.md, measured here and now
.PHONY: run test lint bench help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

run:
	@scripts/serve

test:
	@scripts/with-postgres scripts/test

lint:
	@scripts/lint

bench:
	@scripts/with-postgres --durable scripts/bench
