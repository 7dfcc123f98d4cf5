# Sourced by the tests of whole kiosks: clocks, checks, and what pictures show. The caller has $result, a folder for
# what is left behind, and collect, which fills it where something never came.

now() { cut -d ' ' -f 1 /proc/uptime; }
since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f", to - from }'; }

# wait_until WHAT SECONDS COMMAND…: asks again and again.
wait_pause=0.2
wait_until() {
    wait_what=$1 wait_end=$(($(date +%s) + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$(date +%s)" -ge "$wait_end" ]; then
            say "  NEVER CAME: $wait_what"
            collect
            exit 1
        fi
        sleep "$wait_pause"
    done
}

checks=0 failures=0
check() {
    check_what=$1
    shift
    checks=$((checks + 1))
    if "$@" >"$result/check.log" 2>&1; then
        say "  ok      $check_what"
    else
        failures=$((failures + 1))
        say "  FAILED  $check_what"
        sed 's/^/            /' "$result/check.log" | tail -n 12
    fi
}

# or_ends LOG COMMAND…: what everything else needs.
or_ends() {
    ends_log=$1
    shift
    "$@" >"$ends_log" 2>&1 || { cat "$ends_log"; exit 1; }
}

# The demo guests' frames have the colours of their markers (guest/demo/README.md): marked PICTURE X COLOUR.
marked() { [ "$(convert "$1" -format "%[pixel:p{$2,300}]" info:)" = "srgb($3)" ]; }
# moved BEFORE NOW X: the screen that begins there is not as it was.
moved() { [ "$(compare -metric AE "$1[800x600+$3+0]" "$2[800x600+$3+0]" null: 2>&1 | cut -d ' ' -f 1)" != 0 ]; }
