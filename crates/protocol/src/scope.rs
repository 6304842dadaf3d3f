//! Scopes: what a token's bearer may do (`wire-contract.md` §3).

use std::fmt;
use std::str::FromStr;

/// One scope of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `chat`: all of chat.
    Chat,
    /// `voip`: all of calling.
    Voip,
    /// `chat.join`: chat without creating, updating or deleting threads.
    ChatJoin,
    /// `chat.join.limited`: as `chat.join`, without adding or removing participants.
    ChatJoinLimited,
    /// `voip.join`: calling without starting calls.
    VoipJoin,
}

impl Scope {
    /// Every scope, in the order of the published description.
    pub const ALL: [Self; 5] =
        [Self::Chat, Self::Voip, Self::ChatJoin, Self::ChatJoinLimited, Self::VoipJoin];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Voip => "voip",
            Self::ChatJoin => "chat.join",
            Self::ChatJoinLimited => "chat.join.limited",
            Self::VoipJoin => "voip.join",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The word is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one of chat, voip, chat.join, chat.join.limited, voip.join")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

/// At least one scope, each once, in the order in which they were asked for.
#[derive(Clone)]
pub struct Scopes {
    /// The first `count` of them. There is one for each token that is checked, so they take no memory of their own.
    places: [Scope; Scope::ALL.len()],
    count: usize,
}

impl Scopes {
    /// Keeps the first of each scope; `None` when there is none.
    #[must_use]
    pub fn new(asked: impl IntoIterator<Item = Scope>) -> Option<Self> {
        let mut scopes = Self { places: Scope::ALL, count: 0 };
        for scope in asked {
            if !scopes.as_slice().contains(&scope)
                && let Some(place) = scopes.places.get_mut(scopes.count)
            {
                *place = scope;
                scopes.count += 1;
            }
        }
        (scopes.count > 0).then_some(scopes)
    }

    /// The scopes, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Scope] {
        self.places.get(..self.count).unwrap_or_default()
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Scopes {}

impl fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Scopes").field(&self.as_slice()).finish()
    }
}

/// The `acsScope` claim: joined by a comma, no blank (`live-behaviour.md` §3.2).
impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.as_slice().iter().enumerate() {
            if position > 0 {
                formatter.write_str(",")?;
            }
            formatter.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_dropped_and_the_order_of_the_request_stays() {
        let scopes = Scopes::new([Scope::Voip, Scope::Chat, Scope::Voip]).unwrap();
        assert_eq!(scopes.to_string(), "voip,chat");
        assert_eq!(Scopes::new([]), None);
    }

    #[test]
    fn every_scope_reads_back() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert_eq!("pstn".parse::<Scope>(), Err(UnknownScope));
    }
}
