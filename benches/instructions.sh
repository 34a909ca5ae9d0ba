#!/bin/sh
# Counts the instructions that the calling thread executes for a span, and fails where there are more than there should
# be. Times differ from machine to machine and from run to run; instructions hardly do, so this can stand in CI.
#
#     benches/instructions.sh            # needs valgrind
#
# Each kind runs twice, with flows of 101 spans (see src/bin/instructions.rs); the difference of the two runs leaves out
# what starting costs. omegi's own thread is counted apart and left out.
#
# Under valgrind every call takes microseconds, so omegi takes the called function for a slow one and times it: what is
# counted for `dropped` is the price of a timed call, the greater of the two.
set -eu
cd "$(dirname "$0")"

# kind, instructions for a span at most. As measured, and 15 % more.
bounds="
plain          14
off            34
dropped       167
exact         169
kept          186
async-dropped 433
async-kept    455
"

short=100
long=600
spans=$(((long - short) * 101))

cargo build --quiet --release --bin instructions
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT

# Instructions of the first thread: kind, flows.
count() {
    out="$counts/$1.$2"
    switched_off=false
    if [ "$1" = off ]; then switched_off=true; fi
    OMEGI_SWITCH_OFF=$switched_off valgrind --quiet --tool=callgrind --separate-threads=yes \
        --callgrind-out-file="$out" "$target/release/instructions" "$1" "$2"
    sed -n 's/^summary: //p' "$out-01"
}

failed=0
printf '%-15s %12s %6s\n' kind 'instructions' bound
while read -r kind bound; do
    [ -n "$kind" ] || continue
    few=$(count "$kind" "$short")
    many=$(count "$kind" "$long")
    each=$(((many - few + spans - 1) / spans))
    verdict=
    if [ "$each" -gt "$bound" ]; then
        verdict='  TOO MANY'
        failed=1
    fi
    printf '%-15s %12s %6s%s\n' "$kind" "$each" "$bound" "$verdict"
done <<END
$bounds
END
exit $failed
