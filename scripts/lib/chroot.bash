# A fresh Debian in a chroot, for scripts that are run from the project's root. Needs root and debootstrap.

# in_namespaces <script> <arguments>...: runs the script again, in namespaces of its own, and ends: when
# that does, however it does, so do all processes and mounts. Inside it returns.
in_namespaces() {
    [[ -z ${JUGGLE_IN_NAMESPACES:-} ]] || return 0
    trap 'kill -KILL $! 2>/dev/null || true' EXIT
    trap 'exit 1' INT TERM HUP
    JUGGLE_IN_NAMESPACES=1 setpriv --pdeathsig KILL \
        unshare --mount --pid --fork --kill-child --mount-proc "$@" &
    wait $!
    exit
}

# make_system <release> <directory>: a system where nothing is installed, in $system, which is
# <directory>/system, and what is committed of the project in its /root/juggle. Packages come from
# $DEBIAN_MIRROR, or where the host's do. <directory>/base.tar holds the system for the next time.
make_system() {
    local release=$1 directory=$2
    local base=$directory/base.tar
    system=$directory/system
    mkdir -p "$directory"

    if [[ ! -f $base ]]; then
        local mirror
        mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
            awk 'NR == 1')}
        echo "== debootstrap $release, from $mirror"
        rm -rf --one-file-system "$system"
        debootstrap --variant=minbase "$release" "$system" "$mirror" >"$directory/debootstrap.log" 2>&1 || {
            tail --lines 20 "$directory/debootstrap.log" >&2
            exit 1
        }
        tar --create --file "$base.part" --directory "$system" --one-file-system .
        mv "$base.part" "$base"
    fi

    rm -rf --one-file-system "$system"
    mkdir "$system"
    tar --extract --file "$base" --directory "$system"
    # How the host reaches the mirror: its proxies, and what it thinks of dates.
    apt-config dump | grep -E '^Acquire::(https?|ftp|Check|Retries|Force)' \
        >"$system/etc/apt/apt.conf.d/99host" || true
    cp --dereference /etc/resolv.conf /etc/hosts "$system/etc/"
    git clone --quiet . "$system/root/juggle"
    mount -t proc proc "$system/proc"
    mount --rbind /sys "$system/sys"
    mount --rbind /dev "$system/dev"
}

# inside <commands>: in the project's root in that system.
inside() {
    env --ignore-environment HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$system" bash -c "cd /root/juggle && $1" </dev/null
}

unmount_system() { umount --recursive "$system/proc" "$system/sys" "$system/dev"; }
