//! The referee's judgements, one sentence each.

use super::*;

fn present(custom_id: Option<&str>) -> Shown {
    Shown::Present { custom_id: custom_id.map(str::to_owned) }
}

/// A referee that knows one identity, `a`, in slot 0.
fn with_one(custom_id: Option<&str>) -> Referee {
    let mut referee = Referee::default();
    referee.created("a".to_owned(), custom_id.map(str::to_owned));
    referee
}

fn id() -> String {
    "a".to_owned()
}

#[test]
fn an_acknowledged_identity_that_is_gone_is_lost_and_counted_once() {
    let mut referee = with_one(None);
    referee.shown(0, present(None));
    assert!(referee.losses().is_empty());
    referee.shown(0, Shown::Absent);
    referee.shown(0, Shown::Absent);
    assert_eq!(referee.losses(), [Loss::Identity { id: id() }]);
    assert!(referee.subject(0).is_none(), "a lost identity takes no more part");
}

#[test]
fn an_acknowledged_deletion_that_is_undone_is_lost() {
    let mut referee = with_one(None);
    referee.deletion_is_sent(0);
    referee.deleted(0);
    referee.shown(0, Shown::Absent);
    assert!(referee.losses().is_empty());
    referee.shown(0, present(None));
    assert_eq!(referee.losses(), [Loss::Deletion { id: id() }]);
}

#[test]
fn a_deletion_in_doubt_may_have_happened_and_then_stays() {
    let mut referee = with_one(None);
    referee.deletion_is_sent(0);
    referee.shown(0, Shown::Absent);
    assert!(referee.losses().is_empty());
    referee.shown(0, present(None));
    assert_eq!(referee.losses(), [Loss::Deletion { id: id() }]);
}

#[test]
fn a_deletion_in_doubt_may_not_have_happened_and_then_never_does() {
    let mut referee = with_one(None);
    referee.deletion_is_sent(0);
    referee.shown(0, present(None));
    assert!(referee.losses().is_empty());
    referee.shown(0, Shown::Absent);
    assert_eq!(referee.losses(), [Loss::Identity { id: id() }]);
}

#[test]
fn a_second_deletion_on_its_way_does_not_put_an_acknowledged_one_in_doubt() {
    let mut referee = with_one(None);
    referee.deletion_is_sent(0);
    referee.deleted(0);
    referee.deletion_is_sent(0);
    referee.shown(0, present(None));
    assert_eq!(referee.losses(), [Loss::Deletion { id: id() }]);
}

#[test]
fn an_identity_that_load_does_not_find_is_lost_unless_a_deletion_is_on_its_way() {
    let mut referee = with_one(None);
    referee.deletion_is_sent(0);
    referee.missed(0);
    assert!(referee.losses().is_empty());
    referee.shown(0, present(None));
    referee.missed(0);
    assert_eq!(referee.losses(), [Loss::Identity { id: id() }]);
}

#[test]
fn a_custom_id_that_is_missing_or_another_is_lost() {
    for shown in [None, Some("other")] {
        let mut referee = with_one(Some("mine"));
        referee.shown(0, present(Some("mine")));
        assert!(referee.losses().is_empty());
        referee.shown(0, present(shown));
        assert!(matches!(referee.losses(), [Loss::CustomId { .. }]), "{shown:?}");
    }
    let mut referee = with_one(None);
    referee.shown(0, present(Some("from nowhere")));
    assert!(matches!(referee.losses(), [Loss::CustomId { .. }]));
}

#[test]
fn a_custom_id_leads_to_its_own_identity() {
    let mut referee = with_one(Some("mine"));
    referee.custom_id_leads_to(0, "a");
    assert!(referee.losses().is_empty());
    referee.custom_id_leads_to(0, "b");
    assert!(matches!(referee.losses(), [Loss::CustomIdLeadsElsewhere { .. }]));
}

#[test]
fn an_acknowledged_revocation_that_a_new_token_does_not_carry_is_lost() {
    let mut referee = with_one(None);
    referee.revoked(0);
    referee.revoked(0);
    let subject = referee.subject(0).unwrap();
    assert_eq!(subject.epoch_at_least, 2);
    referee.issued(&subject, 2);
    assert!(referee.losses().is_empty());
    referee.issued(&subject, 1);
    assert_eq!(referee.losses(), [Loss::Revocation { id: id(), at_least: 2, shown: 1 }]);
}

#[test]
fn an_epoch_that_goes_back_is_lost_even_when_the_revocation_was_never_acknowledged() {
    let mut referee = with_one(None);
    let before = referee.subject(0).unwrap();
    referee.unanswered();
    referee.issued(&before, 1);
    let after = referee.subject(0).unwrap();
    assert_eq!(after.epoch_at_least, 1);
    referee.issued(&after, 0);
    assert_eq!(referee.losses(), [Loss::Revocation { id: id(), at_least: 1, shown: 0 }]);
}

#[test]
fn a_token_asked_for_before_a_revocation_may_carry_the_older_epoch() {
    let mut referee = with_one(None);
    let subject = referee.subject(0).unwrap();
    referee.revoked(0);
    referee.issued(&subject, 0);
    assert!(referee.losses().is_empty());
}

#[test]
fn an_id_that_is_given_out_twice_is_a_loss() {
    let mut referee = with_one(None);
    referee.created(id(), None);
    assert_eq!(referee.losses(), [Loss::IdTwice { id: id() }]);
    assert_eq!(referee.known(), 1);
}

#[test]
fn each_round_has_its_own_page_of_touched_identities() {
    let mut referee = with_one(None);
    referee.created("b".to_owned(), None);
    assert_eq!(referee.take_touched(), BTreeSet::from([0, 1]));
    referee.revoked(1);
    assert_eq!(referee.take_touched(), BTreeSet::from([1]));
    referee.deletion_is_sent(0);
    assert_eq!(referee.take_touched(), BTreeSet::from([0]));
    assert!(referee.take_touched().is_empty());
}
