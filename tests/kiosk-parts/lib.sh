# shellcheck shell=sh disable=SC2034,SC2154,SC2317
# What the parts of the test of a whole kiosk share: the computer in its container, its disk, and what is seen on it.

machine=vitrine-kiosk-$$
run=$dir/run-$$
root=$run/root
disk=$run/disk
nspawn='' init=''
# The cgroups of what systemd starts: of the only hierarchy, or of the two that a mixed system has for systemd.
if [ -f /sys/fs/cgroup/cgroup.procs ]; then
    cgroups=/sys/fs/cgroup/$machine
else
    cgroups="/sys/fs/cgroup/unified/$machine /sys/fs/cgroup/systemd/$machine"
fi

# The computer's disk, a file system of its own: whatever is written lies on it, over the Debian that is kept.
put_on() {
    mount -o loop "$run/disk.img" "$disk"
    mkdir -p "$disk/upper" "$disk/work"
    mount -t overlay overlay -o "lowerdir=$debian,upperdir=$disk/upper,workdir=$disk/work" "$root"
}

take_off() {
    for place in "$root" "$disk"; do
        tries=0
        while mountpoint -q "$place" && ! umount -R "$place" 2>"$run/umount.log"; do
            tries=$((tries + 1))
            [ "$tries" -lt 50 ] || { cat "$run/umount.log"; return 1; }
            sleep 0.2
        done
    done
    # What dies slowly in there may hold it still, and mounted again it would be the disk without power.
    tries=0
    while [ -n "$(losetup -j "$run/disk.img")" ]; do
        tries=$((tries + 1))
        if [ "$tries" -ge 150 ]; then
            say "the disk is still in use, by: $(grep -ls " $disk\| $root" /proc/[0-9]*/mountinfo | tr '\n' ' ')"
            return 1
        fi
        sleep 0.2
    done
}

# From here on nothing reaches the disk, not even what the kernel holds in memory: EXT4_IOC_SHUTDOWN, NOLOGFLUSH.
disk_loses_power() {
    # shellcheck disable=SC2016
    perl -e 'open(my $disk, "<", $ARGV[0]) or die $!; my $how = pack("L", 2); ioctl($disk, 0x8004587d, $how) or die $!' "$disk"
}

# power_on [WORD]: switches it on, with a word more on the kernel's line.
boots=0 disk_lost=no
power_on() {
    boots=$((boots + 1))
    if [ "$disk_lost" = yes ]; then take_off; put_on; disk_lost=no; fi
    for cgroup in $cgroups; do mkdir -p "$cgroup"; done
    consoles=''
    if [ "$login" = lightdm ]; then consoles='--bind=/dev/tty0 --bind=/dev/tty7'; fi
    powered=$(now)
    # In cgroups of its own; the words of $consoles are options.
    # shellcheck disable=SC2016,SC2086
    CGROUPS=$cgroups setsid sh -c 'for cgroup in $CGROUPS; do echo $$ >"$cgroup/cgroup.procs"; done; unset CGROUPS; exec "$@"' sh \
        env SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --boot --quiet --register=no --keep-unit --private-network \
        --link-journal=no --console=pipe --machine="$machine" $consoles --capability=all -D "$root" "$@" \
        >"$result/console-$boots.log" 2>&1 </dev/null &
    nspawn=$!
    init=''
    wait_until "systemd as the first process" 60 find_init
}

find_init() {
    init=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null)
    init=${init%% *}
    [ -n "$init" ] && [ "$(cat "/proc/$init/comm" 2>/dev/null)" = systemd ]
}

# Everything in it dies at once, and what the disk did not have yet is lost.
pull_plug() {
    [ -n "$nspawn" ] || return 0
    disk_loses_power && disk_lost=yes
    if [ -n "$init" ]; then kill -9 "$init" 2>/dev/null || true; else kill -9 "$nspawn" 2>/dev/null || true; fi
    wait "$nspawn" 2>/dev/null || true
    nspawn='' init=''
}

switch_off() {
    off_from=$(now)
    inside systemctl --no-block poweroff
    wait "$nspawn" 2>/dev/null || true
    off_took=$(since "$off_from")
    nspawn='' init=''
    sync -f "$disk"
}

inside() { nsenter -t "$init" -m -u -i -n -p -C -r -w -- /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root "$@"; }
as_kiosk() { inside setpriv --reuid=kiosk --regid=kiosk --init-groups env HOME=/home/kiosk XDG_RUNTIME_DIR="/run/user/$uid" DISPLAY=:0 "$@"; }

collect() {
    inside journalctl --no-pager -o short-monotonic >"$result/journal-$boots.log" 2>&1 || true
    as_kiosk vitrine status >"$result/status-$boots.log" 2>&1 || true
    picture "last" || true
    inside systemctl --no-pager --failed >"$result/failed-$boots.log" 2>&1 || true
}

# shellcheck disable=SC2016
authority() { inside sh -c 'tr "\0" "\n" <"/proc/$(pgrep -u kiosk -o -x openbox)/environ" | sed -n "s/^XAUTHORITY=//p"'; }
picture() { as_kiosk timeout 20 env XAUTHORITY="$(authority)" import -window root png:- >"$result/picture-$1.png"; }

# What is within an artwork's frame moves: a curtain with the last picture does not.
artwork_is_seen() {
    picture now && marked "$result/picture-now.png" 4 '0,136,72' && marked "$result/picture-now.png" 804 '104,56,208' || return 1
    mv "$result/picture-now.png" "$run/before.png"
    sleep 0.5
    picture now || return 1
    for artwork_at in 0 800; do moved "$run/before.png" "$result/picture-now.png" "$artwork_at" || return 1; done
}

status_is_well() { as_kiosk vitrine status; }
booted() { inside systemctl is-active multi-user.target; }
runs() { inside pgrep -x "$1"; }
libvirt_runs() { runs libvirtd || runs virtqemud; }
curtain_is_up() { as_kiosk env XAUTHORITY="$(authority)" xwininfo -root -tree | grep -q '"Vitrine curtain"'; }
main_pid() { as_kiosk systemctl --user show -P MainPID vitrine.service; }

# Waits until the artwork is on display, and tells how long each part took.
on_display() {
    wait_until "Openbox" 120 runs openbox
    took_session=$(since "$powered")
    wait_until "Vitrine" 120 runs vitrine
    took_vitrine=$(since "$powered")
    wait_until "a curtain, or the artwork" 60 curtain_is_up
    took_curtain=$(since "$powered")
    wait_until "libvirt's daemon" 120 libvirt_runs
    wait_until "the artwork, as Vitrine says" 300 status_is_well
    took_well=$(since "$powered")
    wait_until "the artwork, on the screen" 60 artwork_is_seen
    say "  after power-on: Openbox $took_session s, Vitrine $took_vitrine s, curtain $took_curtain s, artworks well $took_well s, seen $(since "$powered") s"
    printf '%s %s %s %s %s\n' "$1" "$took_session" "$took_vitrine" "$took_curtain" "$took_well" >>"$result/times"
}

qemus() { inside pgrep -f '^/usr/bin/qemu-system' | sort | tr '\n' ' '; }
same_vms() { [ "$(qemus)" = "$vms" ] || { printf 'QEMU was %s and is %s\n' "$vms" "$(qemus)"; return 1; }; }

libvirt_is_down() { as_kiosk vitrine status | grep -q 'libvirt is down'; }
# libvirt's daemon and the sockets that would start it again.
daemon_units() { inside systemctl list-units --plain --no-legend --state=active 'libvirtd*' 'virtqemud*' | cut -d ' ' -f 1 | tr '\n' ' '; }
libvirt_has_them() { for vm in eden luna; do inside virsh -q -c qemu:///system qemu-monitor-command "$vm" --hmp 'info status' || return 1; done; }

# What the guide says, and nobody answers a question. A package is installed once more, as a newer one would be.
make_kiosk() {
    if [ -n "$package" ]; then inside apt-get install --yes --reinstall /opt/vitrine/vitrine-kiosk.deb </dev/null; else make_kiosk_by_hand; fi
}
chosen=''
make_kiosk_by_hand() { inside sh -c "cd /opt/vitrine && deploy/install --binary target/vitrine $chosen" </dev/null; }
set_up_by_hand() { if [ -n "$package" ]; then inside /usr/share/vitrine/deploy/install --packaged </dev/null; else make_kiosk; fi; }
remove_kiosk() {
    if [ -n "$package" ]; then inside apt-get remove --yes vitrine-kiosk </dev/null; else inside /opt/vitrine/deploy/install --uninstall; fi
}
purge_kiosk() {
    if [ -n "$package" ]; then inside apt-get purge --yes vitrine-kiosk </dev/null; else inside /opt/vitrine/deploy/install --uninstall --purge; fi
}

# entries FILE: the journal as it is shown, if it can be read just now.
entries() {
    if inside vitrine incidents --json >"$run/entries" 2>"$run/entries.log" && [ -s "$run/entries" ]; then mv "$run/entries" "$1"; fi
}
# journal_holds WHAT: every entry of before is there, and the run that was open has an end of this kind.
journal_holds() {
    entries "$result/entries-after.json"
    perl -MJSON::PP -e '
        my ($kind, @lists) = ($ARGV[0], map { local (@ARGV, $/) = ($_); decode_json(<>) } @ARGV[1, 2]);
        my ($before, $after) = @lists;
        my %after = map { $_->{id} => $_ } @$after;
        for my $entry (@$before) {
            my $found = $after{$entry->{id}};
            my $same = $found && !grep { ($entry->{$_} // "") ne ($found->{$_} // "") } qw(kind exhibit began);
            $same or die "lost: ", encode_json($entry), "\n";
        }
        my ($last) = grep { $before->[$_]{kind} =~ /^daemon (began|ended)$/ } reverse 0 .. $#$before;
        my @later = grep { $_->{id} > $before->[$last]{id} } @$after;
        my $open = $before->[$last]{kind} eq "daemon_began";
        my ($end) = grep { /^(power_lost|daemon_ended|daemon_killed)$/ } map { $_->{kind} } @later;
        # Where it was on its way off, it may have come to its end just before.
        my %right = ("power_lost" => "power_lost", "daemon_ended" => "daemon_ended", either => "power_lost|daemon_ended");
        die "the end of the run before is not told\n" if $open && !defined $end;
        die "the run before ended with: $end\n" if $open && $end !~ /^($right{$kind})$/;
        printf "%d entries of before, all there\n", scalar @$before;
    ' "$1" "$result/entries-before.json" "$result/entries-after.json"
}
