//! Tokens that are kept fresh: one refresh for all who wait, in time, again after failures, and never after disposal.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use azure_core::credentials::Secret;
use azure_core::error::{Error, ErrorKind};
use azure_core::time::{Duration as Span, OffsetDateTime};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_client::clock::Clock;
use callsign_client::error::InvalidArgument;
use callsign_client::{AccessToken, CommunicationTokenCredential, TokenRefreshOptions, TokenRefresher};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

/// Time as tokio tells it, which a test moves: it stands still while anything can go on.
#[derive(Debug, Clone, Copy)]
struct Paused(Instant);

impl Paused {
    fn start() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl Clock for Paused {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_760_000_000).unwrap() + self.0.elapsed()
    }
}

fn options(clock: &Arc<Paused>) -> TokenRefreshOptions {
    TokenRefreshOptions { clock: clock.clone(), ..TokenRefreshOptions::default() }
}

fn token(clock: &Arc<Paused>, name: &str, lives: Span) -> AccessToken {
    AccessToken::new(name.to_owned(), clock.now() + lives)
}

/// Counts how often it is asked and gives `token-1`, `token-2`, … of one length of life.
fn counting(clock: &Arc<Paused>, lives: Span) -> (Arc<AtomicUsize>, impl TokenRefresher + use<>) {
    let (count, clock) = (Arc::new(AtomicUsize::new(0)), clock.clone());
    let refreshes = count.clone();
    let refresher = move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let token = token(&clock, &format!("token-{number}"), lives);
        async move { Ok(token) }
    };
    (refreshes, refresher)
}

/// Lets everything go on that can, without moving the time.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// Moves the time in steps that no timer can be jumped over by.
async fn pass(duration: Duration) {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        tokio::time::advance(Duration::from_secs(1).min(end - Instant::now())).await;
        settle().await;
    }
}

#[tokio::test]
async fn a_fixed_token_is_handed_out_as_it_is_even_after_its_end() {
    for exp in [1_000_000_000, 4_000_000_000_i64] {
        let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(format!(r#"{{"exp":{exp}}}"#)));
        let credential = CommunicationTokenCredential::new(Secret::from(jwt.clone())).unwrap();
        let token = credential.get_token().await.unwrap();
        assert_eq!((token.token.secret(), token.expires_on.unix_timestamp()), (jwt.as_str(), exp));
    }
    let opaque = CommunicationTokenCredential::new(Secret::from("opaque")).unwrap_err();
    assert_eq!(opaque.downcast_ref(), Some(&InvalidArgument::Token));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_when_less_than_two_minutes_are_left() {
    let clock = Paused::start();
    let (refreshes, refresher) = counting(&clock, Span::HOUR);
    let credential = CommunicationTokenCredential::with_refresher(refresher, Some(options(&clock)));
    for (after, expected) in
        [(0, "token-1"), (10, "token-1"), (3_469, "token-1"), (2, "token-2"), (3_479, "token-2")]
    {
        tokio::time::advance(Duration::from_secs(after)).await;
        assert_eq!(credential.get_token().await.unwrap().token.secret(), expected);
    }
    assert_eq!(refreshes.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_at_once_cause_one_refresh() {
    let (gate, count) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
    let credential = {
        let (gate, count) = (gate.clone(), count.clone());
        CommunicationTokenCredential::with_refresher(
            move || {
                let (gate, count) = (gate.clone(), count.clone());
                async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    gate.acquire().await.unwrap().forget();
                    Ok(AccessToken::new("fresh", OffsetDateTime::now_utc() + Span::HOUR))
                }
            },
            None,
        )
    };
    let asking = Arc::new(Semaphore::new(0));
    let callers: Vec<_> = (0..1_000)
        .map(|_| {
            let (credential, asking) = (credential.clone(), asking.clone());
            tokio::spawn(async move {
                let mut call = Box::pin(credential.get_token());
                assert!(
                    futures_util::poll!(&mut call).is_pending(),
                    "nobody gets a token before there is one"
                );
                asking.add_permits(1);
                call.await.unwrap().token.secret().to_owned()
            })
        })
        .collect();
    asking.acquire_many(1_000).await.unwrap().forget();
    // Far more than one refresh could go through.
    gate.add_permits(1_000);
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "fresh");
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failed_refresh_is_one_failure_for_all_who_wait_and_not_the_last_word() {
    let (gate, count) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let refresher = {
        let (gate, count) = (gate.clone(), count.clone());
        move || {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 0 {
                    gate.notified().await;
                    return Err(Error::with_message(ErrorKind::Credential, "the back end is down"));
                }
                Ok(AccessToken::new("fresh", OffsetDateTime::now_utc() + Span::HOUR))
            }
        }
    };
    let credential = CommunicationTokenCredential::with_refresher(refresher, None);
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let credential = credential.clone();
            tokio::spawn(async move { credential.get_token().await })
        })
        .collect();
    settle().await;
    gate.notify_one();
    for caller in callers {
        let error = caller.await.unwrap().unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.kind()),
            ("the back end is down", &ErrorKind::Credential)
        );
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(credential.get_token().await.unwrap().token.secret(), "fresh");
}

#[tokio::test]
async fn a_caller_who_gives_up_takes_nothing_from_the_others() {
    let (gate, count) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let refresher = {
        let (gate, count) = (gate.clone(), count.clone());
        move || {
            let gate = gate.clone();
            count.fetch_add(1, Ordering::SeqCst);
            async move {
                gate.notified().await;
                Ok(AccessToken::new("fresh", OffsetDateTime::now_utc() + Span::HOUR))
            }
        }
    };
    let credential = CommunicationTokenCredential::with_refresher(refresher, None);
    let first = tokio::spawn({
        let credential = credential.clone();
        async move { credential.get_token().await }
    });
    settle().await;
    let second = tokio::spawn({
        let credential = credential.clone();
        async move { credential.get_token().await }
    });
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    gate.notify_one();
    assert_eq!(second.await.unwrap().unwrap().token.secret(), "fresh");
    assert_eq!(count.load(Ordering::SeqCst), 1, "the first caller's refresh went on");
}

#[tokio::test]
async fn a_refresh_that_nobody_waits_for_any_more_ends_and_the_next_caller_begins_anew() {
    let (dropped, count) = (Arc::new(()), Arc::new(AtomicUsize::new(0)));
    let refresher = {
        let (alive, count) = (dropped.clone(), count.clone());
        move || {
            let (alive, number) = (alive.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                let _alive = alive;
                if number == 0 {
                    std::future::pending::<()>().await;
                }
                Ok(AccessToken::new("fresh", OffsetDateTime::now_utc() + Span::HOUR))
            }
        }
    };
    let credential = CommunicationTokenCredential::with_refresher(refresher, None);
    let mut call = Box::pin(credential.get_token());
    assert!(futures_util::poll!(&mut call).is_pending());
    assert_eq!(Arc::strong_count(&dropped), 3);
    drop(call);
    assert_eq!(Arc::strong_count(&dropped), 2, "the refresh is gone");
    assert_eq!(credential.get_token().await.unwrap().token.secret(), "fresh");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_lives_is_handed_out_although_its_refresh_fails() {
    let clock = Paused::start();
    let initial_token = Some(token(&clock, "old", Span::minutes(1)));
    let fails =
        async || Err::<AccessToken, _>(Error::with_message(ErrorKind::Credential, "the back end is down"));
    let credential = CommunicationTokenCredential::with_refresher(
        fails,
        Some(TokenRefreshOptions { initial_token, ..options(&clock) }),
    );
    assert_eq!(credential.get_token().await.unwrap().token.secret(), "old");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(credential.get_token().await.unwrap_err().to_string(), "the back end is down");
}

#[tokio::test(start_paused = true)]
async fn a_refresher_that_gives_an_expired_token_is_told_in_the_official_words() {
    let clock = Paused::start();
    let (_, refresher) = counting(&clock, Span::seconds(-1));
    let credential = CommunicationTokenCredential::with_refresher(refresher, Some(options(&clock)));
    let error = credential.get_token().await.unwrap_err();
    assert_eq!(error.to_string(), "The token returned from the tokenRefresher is expired.");
}

fn proactive(clock: &Arc<Paused>) -> Option<TokenRefreshOptions> {
    Some(TokenRefreshOptions { refresh_proactively: true, ..options(clock) })
}

#[tokio::test(start_paused = true)]
async fn a_proactive_refresh_comes_after_half_of_the_remaining_life() {
    let clock = Paused::start();
    let (refreshes, refresher) = counting(&clock, Span::HOUR);
    let credential = CommunicationTokenCredential::with_refresher(refresher, proactive(&clock));
    credential.get_token().await.unwrap();
    for (seconds, expected) in [(1_799, 1), (2, 2), (1_790, 2), (20, 3)] {
        pass(Duration::from_secs(seconds)).await;
        assert_eq!(refreshes.load(Ordering::SeqCst), expected);
    }
    assert_eq!(credential.get_token().await.unwrap().token.secret(), "token-3");
}

#[tokio::test(start_paused = true)]
async fn a_proactive_refresh_of_short_tokens_does_not_loop() {
    let clock = Paused::start();
    let (refreshes, refresher) = counting(&clock, Span::seconds(40));
    let credential = CommunicationTokenCredential::with_refresher(refresher, proactive(&clock));
    credential.get_token().await.unwrap();
    pass(Duration::from_secs(305)).await;
    assert_eq!(refreshes.load(Ordering::SeqCst), 1 + 300 / 30);
}

#[tokio::test(start_paused = true)]
async fn failing_proactive_refreshes_back_off_and_recover() {
    let clock = Paused::start();
    let count = Arc::new(AtomicUsize::new(0));
    let refresher = {
        let (clock, count) = (clock.clone(), count.clone());
        move || {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            let outcome = match number {
                2..=5 => Err(Error::with_message(ErrorKind::Credential, "down")),
                _ => Ok(token(&clock, &format!("token-{number}"), Span::HOUR)),
            };
            async move { outcome }
        }
    };
    let credential = CommunicationTokenCredential::with_refresher(refresher, proactive(&clock));
    credential.get_token().await.unwrap();
    // Half an hour, then 30, 60, 120 and 240 seconds after the failures.
    for (seconds, expected) in [
        (1_801, 2),
        (28, 2),
        (2, 3),
        (58, 3),
        (2, 4),
        (118, 4),
        (2, 5),
        (238, 5),
        (2, 6),
        (1_700, 6),
        (120, 7),
    ] {
        pass(Duration::from_secs(seconds)).await;
        assert_eq!(count.load(Ordering::SeqCst), expected, "after {seconds} seconds more");
    }
}

#[tokio::test(start_paused = true)]
async fn disposal_ends_the_refreshing_and_every_call() {
    let clock = Paused::start();
    let (refreshes, refresher) = counting(&clock, Span::HOUR);
    let credential = CommunicationTokenCredential::with_refresher(refresher, proactive(&clock));
    credential.get_token().await.unwrap();
    credential.clone().dispose();
    pass(Duration::from_secs(7_200)).await;
    assert_eq!(refreshes.load(Ordering::SeqCst), 1);
    let error = credential.get_token().await.unwrap_err();
    assert_eq!(error.to_string(), "User credential is disposed");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_credential_ends_the_refreshing() {
    let clock = Paused::start();
    let (refreshes, refresher) = counting(&clock, Span::HOUR);
    let credential = CommunicationTokenCredential::with_refresher(refresher, proactive(&clock));
    credential.get_token().await.unwrap();
    let clone = credential.clone();
    drop(credential);
    pass(Duration::from_secs(2_000)).await;
    assert_eq!(refreshes.load(Ordering::SeqCst), 2, "a clone keeps it going");
    drop(clone);
    pass(Duration::from_secs(7_200)).await;
    assert_eq!(refreshes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_disposal_while_a_refresh_is_under_way_counts() {
    let gate = Arc::new(Notify::new());
    let opened = gate.clone();
    let credential = CommunicationTokenCredential::with_refresher(
        move || {
            let gate = gate.clone();
            async move {
                gate.notified().await;
                Ok(AccessToken::new("late", OffsetDateTime::now_utc() + Span::HOUR))
            }
        },
        None,
    );
    let mut call = Box::pin(credential.get_token());
    assert!(futures_util::poll!(&mut call).is_pending());
    credential.dispose();
    opened.notify_one();
    assert_eq!(call.await.unwrap_err().downcast_ref(), Some(&InvalidArgument::Disposed));
}

/// A closure may give a JWT, which tells its own end.
#[tokio::test]
async fn a_refresher_may_give_a_jwt() {
    async fn accepted(refresher: impl TokenRefresher) -> azure_core::Result<AccessToken> {
        refresher.refresh().await
    }
    let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"exp":4000000000}"#));
    let token = accepted(move || std::future::ready(Ok(Secret::from(jwt.clone())))).await.unwrap();
    assert_eq!(token.expires_on.unix_timestamp(), 4_000_000_000);
}
