//! The judges' table: what counts as a hole.

use super::*;

#[test]
fn tokens_repeat_from_their_seed_apart_from_signatures_and_some_are_good() {
    let mut desk = Desk::new(7).unwrap();
    let tokens = desk.tokens(2_000).unwrap();
    let good = tokens.iter().filter(|token| desk.accepts(token)).count();
    assert!((50..1_000).contains(&good), "{good} of 2000 tokens are good");
    assert!(tokens.iter().all(|token| !token.contains('\n')));
}

#[test]
fn a_token_that_ours_alone_accepts_is_found() {
    let mut outcome = Outcome::default();
    let batch = ["a".to_owned(), "b".to_owned()];
    outcome.add(&batch, &vec![true, false], &[vec![true, true], vec![false, true], vec![true, true]]);
    assert_eq!((outcome.refused_by_another, outcome.refused_by_ours_alone), (1, 1));
    outcome.report(&[]).unwrap();
    outcome.add(&batch, &vec![false, true], &[vec![true, false], vec![true, false], vec![true, false]]);
    assert!(outcome.report(&[]).unwrap_err().to_string().ends_with("refuses:\nb"));
}
