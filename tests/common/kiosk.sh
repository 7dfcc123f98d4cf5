# shellcheck shell=sh disable=SC2154
# Sourced by the tests of whole kiosks: a Debian, clocks, checks, and what pictures show. The caller has $suite, $dir,
# where Debian is kept, $result, a folder for what is left behind, and collect, which fills that where something never
# came.

# Sets $debian to the folder of a Debian with these packages, a list with commas, and builds it where it is not kept
# from an earlier run. Another list is another Debian.
find_debian() {
    debian=$dir/$suite-$(printf '%s' "$1" | sha256sum | cut -c 1-8)
    [ ! -d "$debian" ] || return 0
    # The Debian of a former list is of no use any more.
    rm -rf --one-file-system "${dir:?}/$suite" "${dir:?}/$suite"-????????*
    step "Building a Debian $suite (some minutes)" "$result/mmdebstrap.log" mmdebstrap --variant=minbase \
        --format=directory --aptopt='APT::Install-Recommends "false"' --include="$1" "$suite" "$debian.part"
    mv "$debian.part" "$debian"
}

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

# no_unit_has_failed COMMAND…: where COMMAND runs its arguments.
no_unit_has_failed() {
    failed_units=$("$@" systemctl --failed --no-legend) || return 1
    [ -z "$failed_units" ] || { say "$failed_units"; return 1; }
}

# or_ends LOG COMMAND…: what everything else needs.
or_ends() {
    ends_log=$1
    shift
    "$@" >"$ends_log" 2>&1 || { cat "$ends_log"; exit 1; }
}

# The demo guests' frames have the colours of their markers (guest/demo/README.md): marked PICTURE X COLOUR.
marked() { [ "$(convert "$1" -format "%[pixel:p{$2,300}]" info:)" = "srgb($3)" ]; }
# moved BEFORE NOW X: the screen that begins there is not as it was. compare ends with 1 then, and with 2 where it
# could not compare.
moved() {
    moved_end=0
    compare -metric AE "$1[800x600+$3+0]" "$2[800x600+$3+0]" null: >/dev/null 2>&1 || moved_end=$?
    [ "$moved_end" -eq 1 ]
}
