//! What the scopes of a token allow, as questions that a chat or calling back end asks.

use callsign_protocol::scope::{Scope, Scopes};

/// What a token's bearer may do: everything that any of its scopes allows (`wire-contract.md` §3, "Scope meaning").
///
/// | | `chat` | `chat.join` | `chat.join.limited` | `voip` | `voip.join` |
/// | --- | --- | --- | --- | --- | --- |
/// | read threads, send messages | yes | yes | yes | | |
/// | add and remove participants | yes | yes | | | |
/// | create, update and delete threads | yes | | | | |
/// | join calls | | | | yes | yes |
/// | start calls | | | | yes | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// One bit for each scope, in the order of [`Scope::ALL`].
    scopes: u8,
}

impl Capabilities {
    pub(crate) fn of(scopes: &Scopes) -> Self {
        Self { scopes: scopes.as_slice().iter().fold(0, |bits, scope| bits | bit(*scope)) }
    }

    /// Whether the token has exactly this scope, whatever the others allow.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.scopes & bit(scope) != 0
    }

    /// The token's scopes, in the order of [`Scope::ALL`].
    pub fn scopes(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// May create threads: `chat`. `chat.join` is "no create/update/delete of threads" (`wire-contract.md` §3).
    #[must_use]
    pub const fn may_create_threads(self) -> bool {
        self.has(Scope::Chat)
    }

    /// May update threads, such as their topic: `chat`, as [`may_create_threads`](Self::may_create_threads).
    #[must_use]
    pub const fn may_update_threads(self) -> bool {
        self.has(Scope::Chat)
    }

    /// May delete threads: `chat`, as [`may_create_threads`](Self::may_create_threads).
    #[must_use]
    pub const fn may_delete_threads(self) -> bool {
        self.has(Scope::Chat)
    }

    /// May add participants: `chat` and `chat.join`. `chat.join.limited` is "also no add/remove of participants"
    /// (`wire-contract.md` §3).
    #[must_use]
    pub const fn may_add_participants(self) -> bool {
        self.has(Scope::Chat) || self.has(Scope::ChatJoin)
    }

    /// May remove participants: as [`may_add_participants`](Self::may_add_participants).
    #[must_use]
    pub const fn may_remove_participants(self) -> bool {
        self.may_add_participants()
    }

    /// May read the threads it takes part in: every scope of chat.
    #[must_use]
    pub const fn may_read_threads(self) -> bool {
        self.has(Scope::Chat) || self.has(Scope::ChatJoin) || self.has(Scope::ChatJoinLimited)
    }

    /// May send messages in the threads it takes part in: every scope of chat. The two that join lack the rights over threads
    /// and participants, and no other (`wire-contract.md` §3).
    #[must_use]
    pub const fn may_send_messages(self) -> bool {
        self.may_read_threads()
    }

    /// May start calls: `voip`. `voip.join` "cannot start calls", but in a Room that the user was invited to
    /// (`wire-contract.md` §3): whether the call is of such a Room is for the back end to know.
    #[must_use]
    pub const fn may_start_calls(self) -> bool {
        self.has(Scope::Voip)
    }

    /// May join calls: both scopes of calling.
    #[must_use]
    pub const fn may_join_calls(self) -> bool {
        self.has(Scope::Voip) || self.has(Scope::VoipJoin)
    }
}

const fn bit(scope: Scope) -> u8 {
    match scope {
        Scope::Chat => 1,
        Scope::Voip => 2,
        Scope::ChatJoin => 4,
        Scope::ChatJoinLimited => 8,
        Scope::VoipJoin => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the type's documentation, a row for each scope: read and send, participants, threads, join, start.
    const ROWS: [(Scope, [bool; 5]); 5] = [
        (Scope::Chat, [true, true, true, false, false]),
        (Scope::ChatJoin, [true, true, false, false, false]),
        (Scope::ChatJoinLimited, [true, false, false, false, false]),
        (Scope::Voip, [false, false, false, true, true]),
        (Scope::VoipJoin, [false, false, false, true, false]),
    ];

    fn chosen(subset: u8) -> Vec<(Scope, [bool; 5])> {
        ROWS.into_iter().enumerate().filter(|(row, _)| subset & (1 << row) != 0).map(|(_, row)| row).collect()
    }

    #[test]
    fn each_of_the_32_sets_of_scopes_allows_what_any_of_its_scopes_does() {
        for subset in 0..32 {
            let rows = chosen(subset);
            let may = |column: usize| rows.iter().any(|(_, allowed)| allowed[column]);
            let capabilities = Scopes::new(rows.iter().map(|(scope, _)| *scope))
                .map_or(Capabilities { scopes: 0 }, |scopes| Capabilities::of(&scopes));
            let told = [
                (capabilities.may_read_threads(), 0),
                (capabilities.may_send_messages(), 0),
                (capabilities.may_add_participants(), 1),
                (capabilities.may_remove_participants(), 1),
                (capabilities.may_create_threads(), 2),
                (capabilities.may_update_threads(), 2),
                (capabilities.may_delete_threads(), 2),
                (capabilities.may_join_calls(), 3),
                (capabilities.may_start_calls(), 4),
            ];
            for (position, (told, column)) in told.into_iter().enumerate() {
                assert_eq!(told, may(column), "question {position} of {rows:?}");
            }
            for scope in Scope::ALL {
                assert_eq!(capabilities.has(scope), rows.iter().any(|(row, _)| *row == scope));
            }
            assert_eq!(capabilities.scopes().count(), rows.len());
        }
    }
}
