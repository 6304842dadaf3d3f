//! Runs pages against a stand-in for the binary.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// Speaks as much of the binary's command line as the pages below use.
const STAND_IN: &str = r#"#!/bin/sh
case "$1" in
serve)
    tail -f /dev/null >/dev/null 2>&1 &
    trap "kill $!; rm '$HOME/running'; exit 0" TERM
    touch "$HOME/running"
    echo "A first start." >&2
    echo "Callsign 0.1.0 is ready." >&2
    echo "  https  https://localhost:4431/" >&2
    echo "  http   http://127.0.0.1:4432/" >&2
    echo "  data   $CALLSIGN_DATA_DIR" >&2
    echo "Next: callsign env" >&2
    wait $!
    ;;
env) echo "export GREETING='hello'" ;;
running) test -e "$HOME/running" && echo yes || echo no ;;
config) grep -q good "$4" || { echo "line 1: not good" >&2; exit 1; } ;;
*) shift; echo "$@" ;;
esac
"#;

/// The failures of a page, without the lines that tell what differs.
fn failures(page: &str) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    let binary = root.path().join("callsign");
    std::fs::write(&binary, STAND_IN).unwrap();
    std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
    let interrupt = Interrupt::listen().unwrap();
    let session = Session::start(root.path(), &binary, &interrupt).unwrap();
    let report = session.run("page.md", page).unwrap();
    report.failures.iter().filter_map(|failure| failure.lines().next()).map(str::to_owned).collect()
}

#[test]
fn a_page_that_is_right_has_no_failure() {
    let page = "
```console no-server
$ callsign running
no
```
```console
$ callsign serve
Callsign 0.1.0 is ready.
  https  https://localhost:8443/
  http   http://127.0.0.1:8080/
  data   ~/.local/share/callsign
Next: …
$ callsign running
yes
$ eval \"$(callsign env)\"
```
```console
$ echo \"$GREETING\"; cat; echo 'to stderr' >&2
hello
to stderr
$ callsign say http://127.0.0.1:8080/ \\
>   'and more'
http://127.0.0.1:4432/ and more
```
```toml
good = true
```
";
    assert_eq!(failures(page), [""; 0]);
}

#[test]
fn each_wrong_snippet_is_reported_with_its_line_and_the_page_goes_on() {
    let page = "```console
$ callsign say hello
hallo
$ callsign serve
Callsign 0.1.0 is steady.
$ false
$ callsign say goodbye
goodbye
```
```toml
bad = true
```
```sh
ls
```
```python run
print(1)
```
";
    assert_eq!(
        failures(page),
        [
            "page.md:2: `callsign say hello` prints something else (- the page, + the run):",
            "page.md:4: `callsign serve` prints something else (- the page, + the run):",
            "page.md:6: `false` fails.",
            "page.md:10: This configuration is refused:",
            "page.md:13: A `sh` block is never run. (use `console`: `$ ` before each command, what it prints below)",
            "page.md:16: This script's packages are not installed; `cargo xtask test` installs them.",
        ]
    );
}

#[test]
fn a_server_runs_only_while_a_block_wants_it() {
    let page = "```console
$ callsign running
yes
```
```console no-server
$ callsign running
no
```
```console
$ callsign running
yes
```
";
    assert_eq!(failures(page), [""; 0]);
}

#[test]
fn serving_is_told_from_asking_for_help() {
    assert!(is_serve("callsign serve"));
    assert!(is_serve("callsign serve --data-dir data"));
    assert!(!is_serve("callsign serve --help"));
    assert!(!is_serve("callsign server"));
}
