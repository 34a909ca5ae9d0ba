#!/usr/bin/env bash
# The `cargo` of a page's sandbox. omegi's crates are those of the checkout, and the builds of all
# pages share a folder, so that omegi is compiled once. The runner sets PAGE, CHECKOUT, SHARED and
# REAL_CARGO.
set -euo pipefail

[[ "$PWD/" == "$PAGE"/* ]] || exec "$REAL_CARGO" "$@"

# The outermost package or workspace around the current folder.
project=
folder=$PWD
while [[ "$folder/" == "$PAGE"/* ]]; do
    [[ ! -f "$folder/Cargo.toml" ]] || project=$folder
    folder=${folder%/*}
done

# A patch for each crate that the project names, and no other: cargo warns of an unused one.
crates=$(
    {
        [[ -z "$project" ]] || find "$project" -name target -prune -o -name Cargo.toml -exec cat {} +
        [[ "${1-}" != add ]] || printf '%s\n' "${@:2}"
    } | grep -oE '^ *(dependencies\.)?omegi(-[a-z]+)*' | grep -oE 'omegi(-[a-z]+)*' | sort -u || true
)
{
    echo "[patch.crates-io]"
    for crate in $crates; do
        for source in "$CHECKOUT" "$CHECKOUT/$crate" "$CHECKOUT/integrations/$crate"; do
            ! grep -qs "^name = \"$crate\"$" "$source/Cargo.toml" || echo "$crate = { path = \"$source\" }"
        done
    done
} >"$PAGE/.cargo/config.$$"
# In one step: another cargo of the page may read it now.
mv "$PAGE/.cargo/config.$$" "$PAGE/.cargo/config.toml"

# The versions that the checkout is tested with, unless other dependencies are locked already.
if [[ -n "$project" ]] && grep -q '^\[.*dependencies' "$project/Cargo.toml"; then
    locked=$(grep -cs '^\[\[package' "$project/Cargo.lock" || true)
    if ((${locked:-0} < 2)); then
        cp "$CHECKOUT/Cargo.lock" "$PAGE/.cargo/lock.$$"
        mv "$PAGE/.cargo/lock.$$" "$project/Cargo.lock"
    fi
fi

# `cargo omegi` and a wrapper in the configuration weave, so their builds are no one else's.
if [[ "${1-}" != omegi && ! -d "$project/.cargo" ]]; then
    export CARGO_BUILD_BUILD_DIR="$SHARED/build"
fi
exec "$REAL_CARGO" "$@"
