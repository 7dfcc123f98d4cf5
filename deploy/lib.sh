# Shell functions that the scripts of this project share; to be sourced.
# shellcheck shell=sh

# What other programs say is read here, so they say it in English; LANGUAGE would go before LC_ALL.
unset LANGUAGE
export LC_ALL=C.UTF-8
# A user's PATH, which `su` without a dash leaves as it is, lacks the system's programs.
case :$PATH: in *:/usr/sbin:*) ;; *) PATH=$PATH:/usr/sbin:/sbin ;; esac
export PATH

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

# Where root works for somebody (sudo), what belongs to that person is done as that person: the build, above all.
# Sets BUILDER and BUILDER_HOME; the latter's Rust is found as well.
find_builder() {
    BUILDER='' BUILDER_HOME=${HOME:-/}
    if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
        BUILDER=$SUDO_USER
        BUILDER_HOME=$(getent passwd "$BUILDER" | cut -d : -f 6)
    fi
    if [ -d "$BUILDER_HOME/.cargo/bin" ]; then PATH=$BUILDER_HOME/.cargo/bin:$PATH; fi
}

as_builder() {
    if [ -z "${BUILDER:-}" ]; then
        "$@"
    else
        setpriv --reuid="$BUILDER" --regid="$(id -g "$BUILDER")" --init-groups \
            env HOME="$BUILDER_HOME" USER="$BUILDER" LOGNAME="$BUILDER" "$@"
    fi
}

# What runs in the background for a script, and must not outlive it: its number, and how it is stopped (a tree of
# plain commands, a script that ends its own children, or something that must be let to its end).
child='' child_kind=''

stop_child() {
    [ -n "$child" ] || return 0
    case $child_kind in
        tree) kill_tree "$child" ;;
        script) kill "$child" 2>/dev/null || true ;;
        patient) say; say "This is brought to its end first." ;;
    esac
    while kill -0 "$child" 2>/dev/null; do wait "$child" 2>/dev/null || true; done
    child=''
}

kill_tree() {
    # The numbers are words of their own.
    # shellcheck disable=SC2046
    set -- "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null)
    kill "$1" 2>/dev/null || [ ! -d "/proc/$1" ] || as_root kill "$1" 2>/dev/null || true
    shift
    for tree_child; do kill_tree "$tree_child"; done
}

# attend SCRIPT…: runs a script that cleans up after itself when it is told to end; its status is the script's.
attend() {
    "$@" &
    child=$! child_kind=script
    attend_status=0
    wait "$child" || attend_status=$?
    child=''
    return "$attend_status"
}

# step TEXT LOG COMMAND…: runs a command that takes long; its output goes to the file LOG, and the seconds are shown.
# A LOG that will be moved is named as in the folder $logs_kept.
step() {
    step_text=$1 step_log=$2
    shift 2
    step_from=$(date +%s)
    printf '%s' "$step_text …"
    "$@" >"$step_log" 2>&1 </dev/null &
    child=$! child_kind=${step_kind:-tree}
    step_shown=0
    while kill -0 "$child" 2>/dev/null; do
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
    step_status=0
    wait "$child" || step_status=$?
    child=''
    if [ "$step_status" -eq 0 ]; then
        if [ -t 1 ]; then printf '\r%s: done in %d s.\n' "$step_text" "$step_took"; else printf ' done in %d s.\n' "$step_took"; fi
    else
        printf ' failed.\n' >&2
        tail -n 25 "$step_log" >&2
        fail "$step_text: failed; all that it said is in ${logs_kept:-${step_log%/*}}/${step_log##*/}"
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
    rust_version=$(as_builder "$1" --version 2>/dev/null | sed -n 's/^[a-z]* 1\.\([0-9]*\)\..*/\1/p')
    printf '%s' "${rust_version:-0}"
}
