#!/usr/bin/env bats
# The Debian package: what is in it, what it depends on, and that it can be installed, run and removed.

load helper

setup_file() {
    export DEB
    cd "$(dirname "${TCPBLAME:-$BATS_TEST_DIRNAME/../../build/tcpblame}")" || return
    cpack -G DEB -B "$BATS_FILE_TMPDIR/made" > "$BATS_FILE_TMPDIR/log" 2>&1 || give_up "$(cat "$BATS_FILE_TMPDIR/log")"
    DEB=$(echo "$BATS_FILE_TMPDIR"/made/*.deb)
    dpkg-deb -x "$DEB" "$BATS_FILE_TMPDIR/files"
}

setup() { FILES=$BATS_FILE_TMPDIR/files; }

field() { dpkg-deb -f "$DEB" "$1"; }

@test "the package says what it is" {
    local version
    version=$("$TCPBLAME" --version)
    equal "$(field Package) $(field Version)" "$version" 'name and version'
    equal "$(field Section) $(field Priority)" 'net optional' 'section and priority'
    equal "$(field Architecture)" "$(dpkg --print-architecture)" architecture
    [[ $(field Maintainer) =~ ^.+' <'.+@.+'>'$ ]] || give_up "no maintainer: $(field Maintainer)"
    contains "$(field Description)" 'who broke a TCP connection'
    lacks "$(field Description)" '&' # CPack escapes as if it were XML
}

@test "the files are root's, and those that are expected" {
    local expected='-rw-r--r-- root/root ./etc/logrotate.d/tcpblame
-rw-r--r-- root/root ./etc/tcpblame/agent.toml
-rw-r--r-- root/root ./lib/systemd/system/tcpblame.service
-rwxr-xr-x root/root ./usr/bin/tcpblame
-rw-r--r-- root/root ./usr/share/bash-completion/completions/tcpblame
-rw-r--r-- root/root ./usr/share/doc/tcpblame/README.md
-rw-r--r-- root/root ./usr/share/doc/tcpblame/changelog.gz
-rw-r--r-- root/root ./usr/share/doc/tcpblame/copyright
-rw-r--r-- root/root ./usr/share/fish/vendor_completions.d/tcpblame.fish
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-agent.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-doctor.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-explain.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-record.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-report.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-run.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-schema.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-store.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame-top.1.gz
-rw-r--r-- root/root ./usr/share/man/man1/tcpblame.1.gz
-rw-r--r-- root/root ./usr/share/man/man7/tcpblame-fleet.7.gz
-rw-r--r-- root/root ./usr/share/tcpblame/Containerfile
-rw-r--r-- root/root ./usr/share/tcpblame/helm/tcpblame/Chart.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/helm/tcpblame/templates/config.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/helm/tcpblame/templates/daemonset.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/helm/tcpblame/templates/service-monitor.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/helm/tcpblame/values.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/kubernetes/daemonset.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/kubernetes/service-monitor.yaml
-rw-r--r-- root/root ./usr/share/tcpblame/schema.json
-rw-r--r-- root/root ./usr/share/tcpblame/tcpblame-dashboard.json
-rw-r--r-- root/root ./usr/share/tcpblame/tcpblame.rules.yml
-rw-r--r-- root/root ./usr/share/zsh/vendor-completions/_tcpblame'
    equal "$(dpkg-deb -c "$DEB" | awk '!/^d/ { print $1, $2, $6 }' | LC_ALL=C sort -k3)" "$expected" files
    equal "$(dpkg-deb -c "$DEB" | awk '/^d/ { print $1, $2 }' | sort -u)" 'drwxr-xr-x root/root' folders
}

@test "every file has its checksum" {
    dpkg-deb -e "$DEB" "$BATS_TEST_TMPDIR/control"
    cd "$FILES"
    equal "$(cut -c35- "$BATS_TEST_TMPDIR/control/md5sums" | LC_ALL=C sort)" \
        "$(find . -type f -printf '%P\n' | LC_ALL=C sort)" 'files with a checksum'
    md5sum --check --quiet "$BATS_TEST_TMPDIR/control/md5sums"
}

# Of a static program: none.
libraries() { objdump -p "$FILES/usr/bin/tcpblame" | awk '$1 == "NEEDED" && $2 !~ /^ld-linux/ { print $2 }'; }

@test "it depends on the packages of its libraries, and on no other" {
    local libraries folder packages=''
    mapfile -t libraries < <(libraries)
    folder=$(dpkg-architecture -q DEB_HOST_MULTIARCH)
    ((${#libraries[@]} == 0)) ||
        packages=$(dpkg-query -S "${libraries[@]/#/*/$folder/}" | cut -d: -f1 | LC_ALL=C sort -u)
    equal "$(field Depends | tr , '\n' | awk '{ print $1 }' | LC_ALL=C sort -u)" "$packages" dependencies
}

@test "the man pages, the licence and the changelog are whole" {
    local page
    for page in tcpblame tcpblame-{doctor,explain,record,report,run,schema,store,top}; do
        zcat "$FILES/usr/share/man/man1/$page.1.gz" | cmp - "$(dirname "$TCPBLAME")/$page.1"
    done
    zcat "$FILES/usr/share/man/man7/tcpblame-fleet.7.gz" | cmp - "$(dirname "$TCPBLAME")/tcpblame-fleet.7"
    contains "$(cat "$FILES/usr/share/doc/tcpblame/copyright")" "$(cat "$ROOT/LICENSE")"
    contains "$(zcat "$FILES/usr/share/doc/tcpblame/changelog.gz" | head -1)" "tcpblame ($(field Version)) "
}

@test "lintian finds no error" {
    local meant=()
    [[ -n $(libraries) ]] || meant=('--suppress-tags=statically-linked-binary,embedded-library')
    run lintian --fail-on error "${meant[@]}" "$DEB"
    equal "$status" 0 "$output"
}

@test "zsh looks where the package puts its completion" {
    # shellcheck disable=SC2016 # for the inner shell
    contains "$(zsh -fc 'print -l $fpath')" /usr/share/zsh/vendor-completions
}

# A system of its own, in which just the packages are installed that this one depends on, as they are here. Its scripts
# have this one's shell. (With systemd: fleet.bats.)
in_scratch() { dpkg --root="$SCRATCH" --log=/dev/null --force-script-chrootless "$@"; }

# bats test_tags=root
@test "dpkg installs it, it runs, and purging leaves nothing" {
    local dependencies
    SCRATCH=$BATS_TEST_TMPDIR/root
    mkdir -p "$SCRATCH/var/lib/dpkg/"{info,updates,triggers}
    mapfile -t dependencies < <(field Depends | tr , '\n' | awk 'NF { print $1 }')
    : > "$SCRATCH/var/lib/dpkg/status"
    ((${#dependencies[@]} == 0)) || dpkg-query -s "${dependencies[@]}" > "$SCRATCH/var/lib/dpkg/status"

    in_scratch -i "$DEB"
    contains "$(in_scratch -s tcpblame)" 'Status: install ok installed'
    contains "$(in_scratch -s tcpblame)" ' /etc/tcpblame/agent.toml '
    equal "$("$SCRATCH/usr/bin/tcpblame" --version)" "$("$TCPBLAME" --version)" version
    run --separate-stderr "$SCRATCH/usr/bin/tcpblame" doctor
    equal "$status" 0 'exit code'
    contains "$output" state-change

    in_scratch --purge tcpblame
    equal "$(find "$SCRATCH" -name '*tcpblame*')" '' 'what is left'
    [[ ! -e $SCRATCH/usr/bin ]] || give_up 'a folder is left'
}

# bats test_tags=root
@test "dpkg refuses it where a library is missing" {
    SCRATCH=$BATS_TEST_TMPDIR/root
    [[ -n $(field Depends) ]] || return 0 # a static program misses none
    mkdir -p "$SCRATCH/var/lib/dpkg/"{info,updates,triggers}
    : > "$SCRATCH/var/lib/dpkg/status"
    run in_scratch -i "$DEB"
    ((status != 0)) || give_up 'it was installed'
    contains "$output" 'tcpblame depends on libbpf1'
}
