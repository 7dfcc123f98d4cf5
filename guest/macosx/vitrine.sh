#!/bin/sh
# Vitrine's guest kit for Mac OS X and macOS, in the shell that every one of them has. Starts the artwork, sees that its
# program is there, and tells the museum's computer. vitrine.ini beside it says what; docs/guest-macosx.md says how.
#
# It also runs on other Unixes, where a program of its own is not to be had.

version=0.1.0

folder=$(cd "$(dirname "$0")" && pwd)
ini=$folder/vitrine.ini
label=org.vitrine.guest
plist=/Library/LaunchAgents/$label.plist

usage() {
    echo "usage: sh vitrine.sh [--check | --install | --remove]"
}

# ---- the INI

# The defaults, as on every system; times are in seconds.
defaults() {
    host_address=192.168.122.1 host_port=8000 host_exhibit='' host_beat=1
    artwork_start='' artwork_folder='' artwork_program='' artwork_window='' artwork_start_within=120
    artwork_front=yes artwork_on_fault=restart artwork_restarts=3
    idle_after=0 clock_set=yes log_limit=256
    complaints=''
}

complain() {
    complaints="$complaints
INI file, line $line_number: $1"
}

# seconds VALUE: `5 s`, `2 min`, `1 h`, `500 ms`; nothing where it is none of these.
seconds() {
    number=${1%%[!0-9]*}
    unit=$(echo "${1#"$number"}" | tr -d ' ')
    case $number in '' | ???????*) return 0 ;; esac
    # A number that begins with a zero would be read as an octal one.
    number=$(echo "$number" | sed 's/^0*\(.\)/\1/')
    case $unit in
        '' | s) echo "$number" ;;
        ms) echo $(((number + 999) / 1000)) ;;
        min) echo $((number * 60)) ;;
        h) echo $((number * 3600)) ;;
    esac
}

# take KEY VALUE: KEY with its section, such as host.port.
take() {
    case $1 in
        host.beat | artwork.start_within | idle.after)
            taken=$(seconds "$2")
            [ -n "$taken" ] || { complain "this is no number, or not of the form 5 s, 2 min, 1 h, 500 ms"; return; }
            ;;
        host.port | artwork.restarts | log.limit)
            case $2 in '' | *[!0-9]* | ??????*) complain "this is no number"; return ;; esac
            taken=$2
            ;;
        host.address)
            case $2 in *[!0-9.]* | .* | *.) complain "this is no address of the form 192.168.122.1"; return ;; *.*.*.*) taken=$2 ;; *) complain "this is no address of the form 192.168.122.1"; return ;; esac
            ;;
        host.exhibit) case $2 in *[!A-Za-z0-9._-]*) complain "this is no name"; return ;; esac; taken=$2 ;;
        artwork.front | clock.set)
            case $2 in yes | on | true | 1) taken=yes ;; no | off | false | 0) taken=no ;; *) complain "this is none of the words that can stand here"; return ;; esac
            ;;
        artwork.on_fault)
            case $2 in restart | revert | tell) taken=$2 ;; *) complain "this is none of the words that can stand here"; return ;; esac
            ;;
        artwork.start | artwork.folder | artwork.window) taken=$2 ;;
        artwork.program) taken=${2##*/} ;;
        artwork.grace | artwork.hung_after | artwork.trouble | windows.close | windows.allow | button.* | kit.old_calls)
            complain "this kit cannot do that"
            return
            ;;
        *) complain "there is no such key in this section"; return ;;
    esac
    case $1 in
        host.address) host_address=$taken ;;
        host.port) host_port=$taken ;;
        host.exhibit) host_exhibit=$taken ;;
        host.beat) host_beat=$taken ;;
        artwork.start) artwork_start=$taken ;;
        artwork.folder) artwork_folder=$taken ;;
        artwork.program) artwork_program=$taken ;;
        artwork.window) artwork_window=$taken ;;
        artwork.start_within) artwork_start_within=$taken ;;
        artwork.front) artwork_front=$taken ;;
        artwork.on_fault) artwork_on_fault=$taken ;;
        artwork.restarts) artwork_restarts=$taken ;;
        idle.after) idle_after=$taken ;;
        clock.set) clock_set=$taken ;;
        log.limit) log_limit=$taken ;;
    esac
}

trimmed() { echo "$1" | sed 's/^[ 	]*//; s/[ 	]*$//'; }

read_ini() {
    defaults
    section='' line_number=0
    if [ ! -r "$ini" ]; then
        complaints="
there is no INI file, or it cannot be read"
        return
    fi
    # Lines end with CR, LF or both. What lies beyond 16 KB is not read.
    plain=$(dd if="$ini" bs=1024 count=16 2>/dev/null | LC_ALL=C tr -d '\000' | LC_ALL=C sed 's/\r$//' | LC_ALL=C tr '\r' '\n')
    while IFS= read -r line; do
        line_number=$((line_number + 1))
        line=$(trimmed "$line")
        case $line in
            '' | \;* | \#*) ;;
            \[*\]) section=$(echo "$line" | tr -d '[] ' | tr '[:upper:]' '[:lower:]') ;;
            \[*) complain "a ] is missing" ;;
            *=*)
                key=$(trimmed "${line%%=*}" | tr '[:upper:]' '[:lower:]')
                value=$(trimmed "${line#*=}")
                case $value in \"*\") value=${value#\"} value=${value%\"} ;; esac
                if [ -z "$section" ]; then
                    complain "this stands before the first [section]"
                elif [ -n "$value" ]; then
                    take "$section.$key" "$value"
                fi
                ;;
            *) complain "a = is missing" ;;
        esac
    done <<INI
$plain
INI
    [ "$host_beat" -ge 1 ] || host_beat=1
    [ "$log_limit" -ge 8 ] || log_limit=8
    if [ -z "$artwork_program" ] && [ -n "$artwork_start" ]; then
        program_of_start
    fi
}

# The program in a command: of `open`, what it opens; up to the first blank, or in quotes.
program_of_start() {
    case $artwork_start in
        open\ *)
            artwork_program=${artwork_start##*/}
            artwork_program=${artwork_program#open }
            artwork_program=${artwork_program#-a }
            artwork_program=$(echo "$artwork_program" | tr -d '"' | sed 's/\.app.*$//')
            ;;
        \"*) artwork_program=${artwork_start#\"} artwork_program=${artwork_program%%\"*} ;;
        *) artwork_program=${artwork_start%% *} ;;
    esac
    artwork_program=${artwork_program##*/}
}

# ---- the log

log_file=$folder/vitrine.log

note() {
    [ -w "$log_file" ] || { [ ! -e "$log_file" ] && [ -w "$(dirname "$log_file")" ]; } || log_file=/tmp/vitrine.log
    size=$(wc -c 2>/dev/null <"$log_file" || echo 0)
    # This file and the one before it have half of the limit each.
    if [ "$((size + 200))" -gt "$((log_limit * 512))" ]; then
        mv -f "$log_file" "${log_file%.log}.old"
    fi
    echo "$(date -u '+%Y-%m-%d %H:%M:%S')  $1" >>"$log_file"
}

# ---- the host

# call METHOD PATH: what the host answers; fails where it does not, or refuses. It is waited for 2 seconds at most: a
# restored snapshot leaves connections behind that never end by themselves.
call() {
    call_path=/api/v1${host_exhibit:+/exhibits/$host_exhibit}$2
    agent="vitrine-guest/$version ($system)"
    if [ -n "$curl" ]; then
        if [ "$1" = POST ]; then
            "$curl" -s -f -m 2 -A "$agent" -d '' "http://$host_address:$host_port$call_path" 2>/dev/null
        else
            "$curl" -s -f -m 2 -A "$agent" "http://$host_address:$host_port$call_path" 2>/dev/null
        fi
    else
        # The words are Perl's.
        # shellcheck disable=SC2016
        "$perl" -e '
            use IO::Socket;
            my ($method, $host, $port, $path, $agent) = @ARGV;
            alarm 2;
            my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => "tcp") or exit 7;
            print $socket "$method $path HTTP/1.0\r\nHost: $host:$port\r\nUser-Agent: $agent\r\n",
                "Content-Length: 0\r\nConnection: close\r\n\r\n";
            $socket->flush;
            local $/;
            my $answer = <$socket>;
            exit 8 unless $answer =~ m,^HTTP/1\.[01] 200,;
            $answer =~ s/^.*?\r\n\r\n//s;
            print $answer;
        ' "$1" "$host_address" "$host_port" "$call_path" "$agent" 2>/dev/null
    fi
}

find_ways() {
    system="$(uname -s) $(uname -r)"
    curl=$(command -v curl 2>/dev/null)
    perl=$(command -v perl 2>/dev/null)
    if [ -z "$curl$perl" ]; then
        note "neither curl nor perl is here, without which the host cannot be called"
        echo "vitrine.sh: neither curl nor perl is here, without which the host cannot be called" >&2
        exit 1
    fi
}

linked() {
    [ "$link" = "$1" ] || note "$1"
    link=$1
}

# ---- the artwork

# The numbers of its processes. Some systems cut names off after 15 or 16 letters.
processes() {
    ps ax -o pid= -o stat= -o comm= 2>/dev/null | while read -r process state name; do
        name=${name##*/}
        case $state in Z*) continue ;; esac
        case ${#name} in 15 | 16) wanted=$(echo "$artwork_program" | cut -c "1-${#name}") ;; *) wanted=$artwork_program ;; esac
        if [ "$name" = "$wanted" ] && [ "$process" != $$ ]; then echo "$process"; fi
    done
}

start_artwork() {
    note "the artwork is started"
    (
        cd "${artwork_folder:-$(dirname "${artwork_start%% *}")}" 2>/dev/null || cd /
        exec sh -c "$artwork_start" </dev/null >/dev/null 2>&1
    ) &
    state=starting since=$now seen=no
}

bring_to_front() {
    # Only Mac OS X has this, and it does nothing where the artwork is in front already.
    if [ "$artwork_front" = yes ] && [ "$artwork_window" != none ] && command -v osascript >/dev/null 2>&1; then
        osascript -e "tell application \"System Events\" to set frontmost of (first process whose name is \"$artwork_program\") to true" >/dev/null 2>&1
    fi
}

say_state() {
    [ "$told" = "$state $fault" ] || note "$1"
    told="$state $fault"
}

# One look: what is wrong, and what is done about it.
watch() {
    if [ -z "$artwork_program" ]; then
        state=ok fault=''
        return
    fi
    if [ -n "$(processes)" ]; then
        [ "$state" = ok ] || fronted=''
        state=ok fault='' seen=yes
        say_state "the artwork is well"
        # Now and then, since nobody tells whether it still is.
        if [ -z "$fronted" ] || [ "$((now - fronted))" -ge 60 ]; then
            fronted=$now
            bring_to_front
        fi
        return
    fi
    fault='the artwork is not running'
    case $state in
        new)
            state=starting since=$now seen=no
            if [ -n "$artwork_start" ]; then start_artwork; fi
            ;;
        starting)
            # One that was there and is gone is not waited for.
            if [ "$seen" = yes ] || [ "$((now - since))" -ge "$artwork_start_within" ]; then remedy; fi
            ;;
        ok) state=ill since=$now ;;
        ill) if [ "$((now - since))" -ge 1 ]; then remedy; fi ;;
        asking) ;;
    esac
    say_state "$state: $fault"
}

remedy() {
    [ "$artwork_on_fault" != tell ] || { state=ill since=$now; return; }
    if [ "$artwork_on_fault" = restart ] && [ -n "$artwork_start" ]; then
        if [ "$((now - restarts_since))" -gt 600 ]; then restarts=0; fi
        if [ "$restarts" -eq 0 ]; then restarts_since=$now; fi
        restarts=$((restarts + 1))
        if [ "$restarts" -le "$artwork_restarts" ]; then
            start_artwork
            return
        fi
    fi
    state=asking since=$now ask_at=$now
}

# ---- idleness and the clock

# Seconds since the last touch; nothing where nobody says so. The number is cut as a text, since it is too large for
# old shells.
idle_time() {
    idle_nanoseconds=$(ioreg -c IOHIDSystem 2>/dev/null | sed -n 's/.*"HIDIdleTime" = \([0-9][0-9]*\).*/\1/p' | head -n 1)
    case $idle_nanoseconds in
        '') ;;
        ??????????*) echo "${idle_nanoseconds%?????????}" ;;
        *) echo 0 ;;
    esac
}

watch_idle() {
    [ "$idle_after" -gt 0 ] || return 0
    idle=$(idle_time)
    [ -n "$idle" ] || return 0
    clock=$(date +%s)
    input=$((clock - idle))
    # Only where somebody has touched something since the snapshot was restored, and once for each spell.
    if [ "$input" -gt "$((used_since + 1))" ] && [ "$idle" -ge "$idle_after" ] && [ "$input" -gt "$((idle_told + 2))" ]; then
        if call POST "/idle/reset?idle_duration=$idle" >/dev/null; then
            idle_told=$input
            note "the host was told that nobody uses the artwork"
        fi
    fi
}

# heard ANSWER: what the host's time tells.
heard() {
    host_time=$(echo "$1" | sed -n 's/.*"host_time": *\([0-9]*\).*/\1/p')
    [ -n "$host_time" ] || return 0
    clock=$(date +%s)
    ahead=$((host_time - clock))
    if [ -n "$was_ahead" ] && [ "$ahead" -gt "$((was_ahead + 5))" ]; then
        note "a snapshot was restored"
        # The viewer connects anew, and tells where its pointer is.
        used_since=$((clock + 10))
    fi
    was_ahead=$ahead
    # Only the administrator sets the clock, and only this date takes seconds.
    if [ "$clock_set" = yes ] && [ "$(id -u)" = 0 ] && [ "${system%% *}" = Darwin ] && [ "${ahead#-}" -gt 2 ]; then
        if date -u "$(date -u -r "$host_time" +%m%d%H%M%Y.%S)" >/dev/null 2>&1; then
            used_since=$((used_since + ahead)) was_ahead=0
            note "the clock was set to the host's time"
        fi
    fi
}

# ---- the kit

escaped() { echo "$1" | tr ' ' '+'; }

run() {
    read_ini
    find_ways
    note "the kit begins: vitrine-guest/$version ($system)"
    echo "$complaints" | while read -r complaint; do if [ -n "$complaint" ]; then note "$complaint"; fi; done
    # Counted by this kit, since the clock may be set.
    now=0
    state=new fault='' told='' link='' since=0 seen=no restarts=0 restarts_since=0 ask_at=0 fronted=''
    used_since=$(date +%s) idle_told=0 was_ahead='' booted=no
    stamp=$(cksum "$ini" 2>/dev/null)
    # The artwork goes on.
    trap 'note "the kit ends"; exit 0' INT TERM HUP
    while :; do
        watch
        if [ "$state" != asking ] || [ "$((now - since))" -lt 30 ]; then
            status=$state
            case $state in new) status=starting ;; asking) status=ill ;; esac
            if answer=$(call POST "/heartbeat?status=$status${fault:+&message=$(escaped "$fault")}"); then
                linked "the host answers"
                heard "$answer"
                if [ "$booted" = no ]; then
                    booted=yes
                    call POST "/signal/boot?value=start" >/dev/null
                fi
            else
                linked "the host does not answer, or refuses"
            fi
        fi
        if [ "$state" = asking ] && [ "$now" -ge "$ask_at" ]; then
            ask_at=$((now + 30))
            if call POST "/revert/request?severity=high&reason=$(escaped "$fault")" >/dev/null; then
                note "the host was asked to put everything back"
            fi
        fi
        watch_idle
        sleep "$host_beat"
        now=$((now + host_beat))
        if [ "$(cksum "$ini" 2>/dev/null)" != "$stamp" ]; then
            stamp=$(cksum "$ini" 2>/dev/null)
            read_ini
            note "the INI file was read"
            echo "$complaints" | while read -r complaint; do if [ -n "$complaint" ]; then note "$complaint"; fi; done
            state=new
        fi
    done
}

check() {
    read_ini
    find_ways
    echo "vitrine-guest/$version ($system)"
    echo "starts with the session: $(if [ -f "$plist" ]; then echo yes; else echo no; fi)"
    echo "INI file: $ini$complaints"
    echo "called by: ${curl:-$perl}"
    if answer=$(call GET /heartbeat/status); then
        echo "host: $host_address:$host_port answers $answer"
    else
        echo "host: $host_address:$host_port does not answer, or refuses"
    fi
    idle=$(idle_time)
    echo "last input: ${idle:-nobody says how many} s ago"
    if [ -z "$artwork_program" ]; then
        echo "artwork: nothing is watched"
    elif [ -n "$(processes)" ]; then
        echo "artwork: the artwork is well"
    else
        echo "artwork: the artwork is not running"
    fi
    echo "program: $artwork_program"
    echo "Programs:"
    ps ax -o comm= 2>/dev/null | sed 's,.*/,,' | sort -u | sed 's/^/  /'
}

install() {
    if [ ! -d /Library/LaunchAgents ] && ! mkdir /Library/LaunchAgents 2>/dev/null; then
        echo "vitrine.sh: /Library/LaunchAgents cannot be made: try it with sudo" >&2
        exit 1
    fi
    if sed "s,/Library/Vitrine,$folder," "$folder/$label.plist" >"$plist" 2>/dev/null && chmod 644 "$plist"; then
        echo "The kit starts with each session from now on."
    else
        echo "vitrine.sh: $plist cannot be written: try it with sudo" >&2
        exit 1
    fi
}

remove() {
    if [ -f "$plist" ] && ! rm -f "$plist" 2>/dev/null; then
        echo "vitrine.sh: $plist cannot be removed: try it with sudo" >&2
        exit 1
    fi
    echo "The kit no longer starts with the session. Its files are still in $folder."
}

case ${1-} in
    '') run ;;
    --check) check ;;
    --install) install ;;
    --remove) remove ;;
    -h | --help) usage ;;
    *) usage >&2; exit 2 ;;
esac
