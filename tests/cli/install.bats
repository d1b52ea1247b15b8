#!/usr/bin/env bats
# What "cmake --install" gives a user: every file that is expected, at its place, and a program that runs from there.

load helper

setup_file() {
    local build
    build=$(dirname "${TCPBLAME:-$BATS_TEST_DIRNAME/../../build/tcpblame}")
    DESTDIR=$BATS_FILE_TMPDIR cmake --install "$build" --prefix /usr/local > "$BATS_FILE_TMPDIR.log"
}

setup() { PREFIX=$BATS_FILE_TMPDIR/usr/local; }

@test "the files are those that are expected, for everybody to read" {
    local expected='755 bin/tcpblame
644 share/bash-completion/completions/tcpblame
644 share/doc/tcpblame/LICENSE
644 share/doc/tcpblame/README.md
644 share/fish/vendor_completions.d/tcpblame.fish
644 share/man/man1/tcpblame-agent.1
644 share/man/man1/tcpblame-doctor.1
644 share/man/man1/tcpblame-explain.1
644 share/man/man1/tcpblame-record.1
644 share/man/man1/tcpblame-report.1
644 share/man/man1/tcpblame-run.1
644 share/man/man1/tcpblame-schema.1
644 share/man/man1/tcpblame-store.1
644 share/man/man1/tcpblame-top.1
644 share/man/man1/tcpblame.1
644 share/man/man7/tcpblame-fleet.7
644 share/tcpblame/Containerfile
644 share/tcpblame/agent.toml
644 share/tcpblame/helm/tcpblame/Chart.yaml
644 share/tcpblame/helm/tcpblame/templates/config.yaml
644 share/tcpblame/helm/tcpblame/templates/daemonset.yaml
644 share/tcpblame/helm/tcpblame/templates/service-monitor.yaml
644 share/tcpblame/helm/tcpblame/values.yaml
644 share/tcpblame/kubernetes/daemonset.yaml
644 share/tcpblame/kubernetes/service-monitor.yaml
644 share/tcpblame/schema.json
644 share/tcpblame/tcpblame-dashboard.json
644 share/tcpblame/tcpblame.logrotate
644 share/tcpblame/tcpblame.rules.yml
644 share/tcpblame/tcpblame.service
644 share/zsh/site-functions/_tcpblame'
    equal "$(find "$PREFIX" -type f -printf '%m %P\n' | LC_ALL=C sort -k2)" "$expected" files
    equal "$(find "$BATS_FILE_TMPDIR" -type f | wc -l)" "$(wc -l <<< "$expected")" 'files, of all places'
}

@test "the installed program runs" {
    run --separate-stderr "$PREFIX/bin/tcpblame" --version
    equal "$status" 0 'exit code'
    equal "$output" "$("$TCPBLAME" --version)" version
}

# bats test_tags=root
@test "the installed program attaches" {
    run --separate-stderr "$PREFIX/bin/tcpblame" doctor
    equal "$status" 0 'exit code'
    contains "$output" state-change
}

@test "the schema is the one that its output follows" {
    cmp "$PREFIX/share/tcpblame/schema.json" "$ROOT/userspace/render/schema.json"
}

@test "man and the shells find what is theirs by themselves" {
    equal "$(MANPATH=$PREFIX/share/man man -w tcpblame)" "$PREFIX/share/man/man1/tcpblame.1" 'the man page'
    PATH=$PREFIX/bin:$PATH # both look for the program first
    contains "$(XDG_DATA_DIRS=$PREFIX/share bash --norc -c '. /usr/share/bash-completion/bash_completion
        _completion_loader tcpblame
        complete -p tcpblame')" ' -F _tcpblame '
    contains "$(HOME=$BATS_TEST_TMPDIR XDG_DATA_DIRS=$PREFIX/share fish -c 'complete -C "tcpblame --dry"')" --dry-run
    # It looks where it was built to look, which is not below our prefix.
    # shellcheck disable=SC2016 # for the inner shell
    contains "$(zsh -fc 'print -l $fpath')" /usr/local/share/zsh/site-functions
}
