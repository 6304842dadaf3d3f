//! `callsign portal open`: a link that signs in once.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary::Home;
use crate::server::Server;

#[test]
fn a_running_server_gives_another_link_each_time_and_says_that_it_is_good_once() {
    let home = Home::new();
    let server = Server::start(&home);
    let links = [(); 2].map(|()| {
        let run = home.run(&["portal", "open"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("within five minutes") && run.stderr.contains("once"), "{}", run.stderr);
        run.stdout
    });
    assert_ne!(links[0], links[1]);
    let place = format!("{}portal/sign-in?ticket=", server.address("http"));
    let ticket = links[0].strip_prefix(&place).unwrap().strip_suffix('\n').unwrap();
    let body = format!("ticket={ticket}");
    let post = format!(
        "POST /portal/sign-in HTTP/1.1\r\nhost: AUTHORITY\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let signed_in = server.send(&post);
    assert!(signed_in.starts_with("HTTP/1.1 303 ") && signed_in.contains("set-cookie: callsign-session="));
    assert!(server.send(&post).starts_with("HTTP/1.1 403 "));
}

#[test]
fn without_a_server_or_a_portal_the_command_says_what_to_do() {
    let home = Home::with_data();
    let refused = home.refused(&["portal", "open"]);
    assert!(refused.contains("no server runs") && refused.contains("callsign serve"), "{refused}");
    assert!(Home::new().refused(&["portal", "open"]).contains("callsign serve"));
    let off = home.path().join("off.toml");
    std::fs::write(&off, "[portal]\nenabled = false\n").unwrap();
    let _server = Server::start_with(&home, &["--config", off.to_str().unwrap()]);
    let refused = home.refused(&["portal", "open"]);
    assert!(
        refused.contains("the portal is off") && refused.contains("CALLSIGN_PORTAL_ENABLED"),
        "{refused}"
    );
}

/// Where stderr is no terminal it is kept, and a link would be kept with it.
#[test]
fn a_server_writes_no_link_where_it_would_be_kept() {
    let home = Home::new();
    let server = Server::start(&home);
    assert!(!server.banner.iter().any(|line| line.contains("ticket")), "{:?}", server.banner);
}

#[test]
fn on_a_terminal_the_banner_has_a_link() {
    let home = Home::new();
    let serve = home.command(&["serve", "--https", "off", "--http", "127.0.0.1:0"]);
    // `script` gives the command a terminal.
    let program = serve.get_program().to_str().unwrap().to_owned();
    let typed = format!("exec '{program}' serve --https off --http 127.0.0.1:0");
    let mut script = Command::new("script");
    script.args(["-qefc", &typed, "/dev/null"]).env_clear();
    for (name, value) in serve.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        script.env(name, value);
    }
    let Ok(mut script) = script.stdin(Stdio::null()).stdout(Stdio::piped()).spawn() else {
        eprintln!("script is not installed: the banner on a terminal was not looked at");
        return;
    };
    let lines = BufReader::new(script.stdout.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<String> = lines.take_while(|line| !line.starts_with("Next:")).collect();
    kill_process(Pid::from_child(&script), Signal::TERM).unwrap();
    script.wait().unwrap();
    let link = said
        .iter()
        .find(|line| line.contains("/portal/sign-in?ticket="))
        .unwrap_or_else(|| panic!("{said:?}"));
    assert!(link.trim_start().starts_with("portal   http://127.0.0.1:"), "{link}");
}
