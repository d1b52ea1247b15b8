#!/usr/bin/env bats
# bats file_tags=root
# The README's picture is what the tool prints, and needs nothing that is not in it.

load helper

PICTURE=$ROOT/tests/stories/peer_long_gone.svg

@test "the picture says what the tool prints today" {
    "$ROOT/scripts/picture" --to "$BATS_TEST_TMPDIR/now.svg"
    equal "$("$ROOT/scripts/picture" --words)" "$("$ROOT/scripts/picture" --words "$BATS_TEST_TMPDIR/now.svg")" \
        'the words: after a change of them, sudo scripts/picture'
    contains "$("$ROOT/scripts/picture" --words)" 'EPIPE and SIGPIPE'
}

@test "the picture loads nothing, and the README shows it" {
    equal "$(grep -oE '(https?:)?//[^"'\'' )]+' "$PICTURE")" http://www.w3.org/2000/svg 'addresses in it'
    contains "$(cat "$ROOT/README.md")" "](${PICTURE#"$ROOT"/})"
}
