#!/bin/sh
# Counts the instructions that the calling thread executes for a span, and fails above a bound.
# Times differ from machine to machine and from run to run. Instructions hardly do, so CI runs this.
#
#     benches/instructions.sh            # needs valgrind
#     benches/instructions.sh --write    # writes the table into docs/explain/cost.md too
#
# Each kind runs twice, with flows of 101 spans (see src/bin/instructions.rs); `large` has flows of
# 10,101, and `beyond` counts calls beyond the limit of a flow. The difference of the two runs
# leaves out the cost of starting. omegi's own thread is counted apart and left out.
#
# `unoptimised-…` is a program of opt-level 0 with an optimised omegi, as `cargo omegi` builds them.
#
# Under valgrind every call takes microseconds, so omegi times it as a slow function. The count for
# `dropped` is therefore the price of a timed call, which is the greater of the two.
set -eu
cd "$(dirname "$0")"

# A kind, and its greatest number of instructions for a span: as measured, and 15 % more.
bounds="
plain          14
off            34
dropped       167
exact         169
kept          186
large         167
beyond        395
async-dropped 433
async-kept    455
unoptimised-plain    81
unoptimised-dropped  333
unoptimised-fallible 554
"

short=100
long=600
spans=$(((long - short) * 101))

target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT

# The arguments come last, so that they win.
cargo rustc --quiet --release --bin instructions -- -C opt-level=0 -C debug-assertions=on
cp "$target/release/instructions" "$counts/unoptimised"
cargo build --quiet --release --bin instructions
cp "$target/release/instructions" "$counts/optimised"

# Prints the instructions of the first thread, for a kind and a number of flows.
count() {
    out="$counts/$1.$2"
    program="$counts/optimised"
    case $1 in unoptimised-*) program="$counts/unoptimised" ;; esac
    switched_off=false
    if [ "$1" = off ]; then switched_off=true; fi
    OMEGI_SWITCH_OFF=$switched_off valgrind --quiet --tool=callgrind --separate-threads=yes \
        --callgrind-out-file="$out" "$program" "${1#unoptimised-}" "$2"
    sed -n 's/^summary: //p' "$out-01"
}

failed=0
rows="$counts/rows"
printf '%-20s %12s %6s\n' kind 'instructions' bound
while read -r kind bound; do
    [ -n "$kind" ] || continue
    few=$(count "$kind" "$short")
    many=$(count "$kind" "$long")
    each=$(((many - few + spans - 1) / spans))
    comment=
    if [ "$each" -gt "$bound" ]; then
        comment='  TOO MANY'
        failed=1
    fi
    printf '%-20s %12s %6s%s\n' "$kind" "$each" "$bound" "$comment"
    printf '| `%s` | %s | %s |\n' "$kind" "$each" "$bound" >>"$rows"
done <<END
$bounds
END

if [ "${1:-}" = --write ]; then
    document=../docs/explain/cost.md
    {
        sed '/<!-- counted: begin -->/q' "$document"
        printf '\n- Date: %s\n- Compiler: %s\n\n' "$(date -u +%Y-%m-%d)" "$(rustc --version)"
        printf '| kind | instructions a span | bound |\n|---|--:|--:|\n'
        cat "$rows"
        echo
        sed -n '/<!-- counted: end -->/,$p' "$document"
    } >"$counts/document"
    cat "$counts/document" >"$document"
fi
exit $failed
