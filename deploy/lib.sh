# Shell functions that the scripts of this project share; to be sourced.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }

fail() {
    printf '\n%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "this needs root: install sudo, or run it as root: $*"
    fi
}

# step TEXT LOG COMMAND…: runs a command that takes long; its output goes to the file LOG, and the seconds are shown.
step() {
    step_text=$1 step_log=$2
    shift 2
    step_from=$(date +%s)
    printf '%s' "$step_text …"
    "$@" >"$step_log" 2>&1 </dev/null &
    step_pid=$!
    step_shown=0
    while kill -0 "$step_pid" 2>/dev/null; do
        sleep 0.2
        step_took=$(($(date +%s) - step_from))
        if [ -t 1 ]; then
            printf '\r%s … %d s' "$step_text" "$step_took"
        elif [ "$step_took" -ge $((step_shown + 20)) ]; then
            printf ' %d s …' "$step_took"
            step_shown=$step_took
        fi
    done
    step_took=$(($(date +%s) - step_from))
    if wait "$step_pid"; then
        if [ -t 1 ]; then printf '\r%s: done in %d s.\n' "$step_text" "$step_took"; else printf ' done in %d s.\n' "$step_took"; fi
    else
        printf ' failed.\n' >&2
        tail -n 25 "$step_log" >&2
        fail "$step_text failed; all that it said is in $step_log"
    fi
}

# Sets CARGO and RUSTC to the newest Rust that is installed; fails where there is none that will do.
# Debian's rustc-web and rustup's Rust carry the plain names, Ubuntu's newer ones a version: cargo-1.89.
find_rust() {
    rust_least=$(sed -n 's/^rust-version = "1\.\([0-9]*\)"$/\1/p' "$1/Cargo.toml")
    if [ "$(rust_minor cargo)" -ge "$rust_least" ] && [ "$(rust_minor rustc)" -ge "$rust_least" ]; then
        CARGO=cargo RUSTC=rustc
    else
        CARGO='' RUSTC=''
        for rust_cargo in /usr/bin/cargo-1.[0-9]*; do
            rust_rustc=/usr/bin/rustc-${rust_cargo#/usr/bin/cargo-}
            if [ "$(rust_minor "$rust_cargo")" -ge "$rust_least" ] && have "$rust_rustc"; then
                CARGO=$rust_cargo RUSTC=$rust_rustc
            fi
        done
        [ -n "$CARGO" ] || return 1
    fi
    export CARGO RUSTC
}

# The 95 of "cargo 1.95.0"; 0 where there is none.
rust_minor() {
    rust_version=$("$1" --version 2>/dev/null | sed -n 's/^[a-z]* 1\.\([0-9]*\)\..*/\1/p')
    printf '%s' "${rust_version:-0}"
}
