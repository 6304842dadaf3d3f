//! `callsign doctor request`: why a signature was refused.

use crate::binary::Home;
use crate::server::Server;

const REQUEST: &str = "POST /identities?api-version=2023-10-01 HTTP/1.1\r\nHost: AUTHORITY\r\nConnection: close\r\n\
    x-ms-date: Thu, 01 Oct 2026 07:05:09 GMT\r\nx-ms-content-sha256: RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=\r\n\
    x-ms-client-request-id: 5b1f0a4e-4b5c-4d57-9a43-2f36a5d1f7c1\r\nContent-Length: 2\r\n\
    Authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n{}";

#[test]
fn a_refused_request_is_explained_with_the_string_that_the_server_built() {
    let home = Home::new();
    let server = Server::start(&home);
    let before = home.run(&["doctor", "request"]);
    assert_eq!((before.code, before.stdout.as_str()), (Some(0), ""));
    assert!(before.stderr.contains("refused no signature"), "{}", before.stderr);

    let reply = server.send(REQUEST);
    assert!(reply.starts_with("HTTP/1.1 401"), "{reply}");
    let page = home.done(&["doctor", "request"]);
    for words in [
        "POST /identities?api-version=2023-10-01",
        "5b1f0a4e-4b5c-4d57-9a43-2f36a5d1f7c1",
        "refused because",
        "    POST\\n\n    /identities?api-version=2023-10-01\\n\n    Thu, 01 Oct 2026 07:05:09 GMT;127.0.0.1:",
        "hint",
    ] {
        assert!(page.contains(words), "{page}");
    }
    let key = home.json(&["key", "list"])["keys"][0]["key"].as_str().unwrap().to_owned();
    assert!(!page.contains("AAAAAAAA") && !page.contains(&key), "{page}");

    server.send(REQUEST);
    let requests = home.json(&["doctor", "request", "--last", "1"]);
    assert_eq!(requests.as_array().unwrap().len(), 1);
    assert_eq!(home.json(&["doctor", "request"]).as_array().unwrap().len(), 2);
    assert!(server.stop().success());
    assert!(home.refused(&["doctor", "request"]).contains("no server runs"));
}
