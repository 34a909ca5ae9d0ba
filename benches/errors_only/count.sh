#!/bin/sh
# Compares a program of functions with detail `errors` with the plain program, and fails above the
# bounds. Needs valgrind.
#
#     benches/errors_only/count.sh             # instructions only, as CI
#     benches/errors_only/count.sh --times     # the nanoseconds of a swallowed error too
#
# Each program runs twice. The difference of the runs leaves out the start; callgrind counts the
# first thread alone.
set -eu
cd "$(dirname "$0")"

# The greatest ratio of instructions where nothing fails, in percent of the plain program's: as
# measured, and a little more. The aim is 101.
most_percent=145
# The greatest price of a swallowed error, in instructions and in nanoseconds.
most_instructions=100
most_nanoseconds=20

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMEGI_EXPORTER_KIND=none
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
for program in plain woven; do
    features=
    if [ "$program" = woven ]; then features=enable; fi
    cargo build --quiet --release --package errors-only --features "$features"
    cp "$target/release/errors-only" "$folder/$program"
done

# Prints the instructions of the first thread, for a program, a kind and a number of turns.
count() {
    valgrind --quiet --tool=callgrind --separate-threads=yes --callgrind-out-file="$folder/$1.$2.$3" \
        "$folder/$1" "$2" "$3" >"$folder/output"
    sed -n 's/^summary: //p' "$folder/$1.$2.$3-01"
}

# Prints the instructions of 10,000 turns.
difference() {
    few=$(count "$1" "$2" 1000)
    many=$(count "$1" "$2" 11000)
    echo $((many - few))
}

# Prints the least nanoseconds of 10,000,000 turns.
nanoseconds() {
    for _ in 1 2 3 4 5 6 7; do "$folder/$1" swallow 10000000; done | cut -d ' ' -f 2 | sort -n | head -n 1
}

failed=0
# Prints a line, and fails if the number is above its bound.
judge() {
    comment=
    if [ "$2" -gt "$3" ]; then
        comment='  TOO MANY'
        failed=1
    fi
    printf '%-46s %8s  at most %s%s\n' "$1" "$2" "$3" "$comment"
}

[ "$("$folder/plain" work 10 | cut -d ' ' -f 1)" = "$("$folder/woven" work 10 | cut -d ' ' -f 1)" ]
plain=$(difference plain work)
woven=$(difference woven work)
printf '%-46s %8s\n' 'nothing fails: instructions a turn, plain' $((plain / 10000))
judge 'nothing fails: instructions a turn, woven' $((woven / 10000)) $((plain * most_percent / 1000000))
plain=$(difference plain swallow)
woven=$(difference woven swallow)
judge 'a swallowed error: more instructions' $(((woven - plain) / 10000)) "$most_instructions"
if [ "${1:-}" = --times ]; then
    plain=$(nanoseconds plain)
    woven=$(nanoseconds woven)
    judge 'a swallowed error: more nanoseconds' $(((woven - plain) / 10000000)) "$most_nanoseconds"
fi
exit $failed
