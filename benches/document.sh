#!/bin/sh
# Measures the cost of a span, and writes the tables of docs/explain/cost.md and the rows of the
# README. Takes five minutes after the build, on a machine without other work. Needs valgrind.
#
#     benches/document.sh            # --quick: fewer rounds, to try it
set -eu
cd "$(dirname "$0")"
cargo bench -- --write "$@"
./instructions.sh --write
