//! The snippets of README.md, word for word, and that they run.

/// Lines without their indentation.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn every_snippet_of_the_readme_is_run_here() {
    let (readme, here) = (include_str!("../../README.md"), lines(include_str!("readme.rs")));
    let snippets: Vec<_> =
        readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(snippets.len(), 3);
    for snippet in snippets {
        let wanted = lines(snippet);
        assert!(here.windows(wanted.len()).any(|window| window == wanted), "not run here:\n{snippet}");
    }
}

mod first_steps {
    use callsign_verifier::{InvalidOption, Refused, Verifier};

    async fn begin(connection_string: &str, ca: &str) -> Result<Verifier, InvalidOption> {
        let verifier = Verifier::builder(connection_string.parse()?).root_certificates(ca).connect()?;
        verifier.ready().await;
        Ok(verifier)
    }

    async fn greet(verifier: &Verifier, token: &str) -> Result<String, Refused> {
        let user = verifier.verify(token).await?;
        let may = if user.capabilities.may_send_messages() { "may" } else { "may not" };
        Ok(format!("{} {may} send messages", user.identity))
    }

    #[tokio::test]
    async fn it_runs() {
        let error = begin("endpoint=https://localhost/;accesskey=c2VjcmV0", "no/such/ca.pem").await;
        assert!(matches!(error, Err(InvalidOption::RootCertificates { .. })));
        let server = crate::server::Server::start().await;
        let (verifier, _wire) = server.ready().await;
        assert!(greet(&verifier, &server.token()).await.unwrap().ends_with(" may send messages"));
    }
}

mod sessions {
    use callsign_verifier::{Ended, Verified, Verifier};

    async fn talk(verifier: &Verifier, user: &Verified, chat: impl Future<Output = ()>) -> Option<Ended> {
        tokio::select! {
            () = chat => None,
            why = verifier.watch(user) => Some(why),
        }
    }

    #[tokio::test]
    async fn it_runs() {
        let server = crate::server::Server::start().await;
        let (verifier, wire) = server.ready().await;
        let user = verifier.verify(&server.token()).await.unwrap();
        assert_eq!(talk(&verifier, &user, std::future::ready(())).await, None);
        let local = crate::server::local(1);
        wire.entry(callsign_protocol::revocation::Entry::Identity { local, epoch: 1 });
        let talk = talk(&verifier, &user, std::future::pending());
        assert_eq!(crate::server::soon(talk).await, Some(Ended::Revoked));
    }
}

mod with_axum {
    use axum::Router;
    use axum::routing::get;
    use callsign_verifier::tower::AuthorizeLayer;
    use callsign_verifier::{Verified, Verifier};

    async fn who_am_i(user: Verified) -> String {
        user.identity.to_string()
    }

    fn app(verifier: Verifier) -> Router {
        Router::new()
            .route("/me", get(who_am_i))
            .with_state(verifier.clone())
            .layer(AuthorizeLayer::new(verifier))
    }

    #[tokio::test]
    async fn it_runs() {
        use tower::ServiceExt as _;
        let server = crate::server::Server::start().await;
        let (verifier, _wire) = server.ready().await;
        let request = http::Request::get("/me").header("authorization", format!("Bearer {}", server.token()));
        let reply = app(verifier).oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(reply.status(), 200);
    }
}
