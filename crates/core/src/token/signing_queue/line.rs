//! Those that wait for a signature: so many at most, and fair among resources.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

/// What waits, for each resource in its order. Resources take turns, so one that asks for much waits behind itself.
pub(super) struct Line<T> {
    waiting: HashMap<Uuid, VecDeque<T>>,
    /// The resources for which something waits, whose turn is next first.
    turns: VecDeque<Uuid>,
    length: usize,
    length_max: usize,
}

/// What became of one that came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joined<T> {
    /// It waits.
    Waits,
    /// It waits in place of the last one of the resource that had most; that one is given back.
    InPlaceOf(T),
    /// The line is full, and its resource has its share.
    Refused(T),
}

impl<T> Line<T> {
    pub(super) fn new(length_max: usize) -> Self {
        Self { waiting: HashMap::new(), turns: VecDeque::new(), length: 0, length_max }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn join(&mut self, resource: Uuid, one: T) -> Joined<T> {
        if self.length < self.length_max {
            self.append(resource, one);
            return Joined::Waits;
        }
        let has = |resource: &Uuid| self.waiting.get(resource).map_or(0, VecDeque::len);
        let most = self.turns.iter().copied().max_by_key(has);
        match most.filter(|most| has(most) > has(&resource) + 1).and_then(|most| self.remove_last(most)) {
            Some(displaced) => {
                self.append(resource, one);
                Joined::InPlaceOf(displaced)
            }
            None => Joined::Refused(one),
        }
    }

    /// Those whose turn it is.
    pub(super) fn take(&mut self, at_most: usize) -> Vec<T> {
        let mut taken = Vec::with_capacity(at_most.min(self.length));
        while taken.len() < at_most
            && let Some(resource) = self.turns.pop_front()
        {
            let Some(waiting) = self.waiting.get_mut(&resource) else { continue };
            taken.extend(waiting.pop_front());
            match waiting.is_empty() {
                true => drop(self.waiting.remove(&resource)),
                false => self.turns.push_back(resource),
            }
        }
        self.length -= taken.len();
        taken
    }

    fn append(&mut self, resource: Uuid, one: T) {
        let waiting = self.waiting.entry(resource).or_default();
        if waiting.is_empty() {
            self.turns.push_back(resource);
        }
        waiting.push_back(one);
        self.length += 1;
    }

    /// Only of a resource that has more than one: it keeps its turn.
    fn remove_last(&mut self, resource: Uuid) -> Option<T> {
        let removed = self.waiting.get_mut(&resource)?.pop_back()?;
        self.length -= 1;
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: Uuid = Uuid::from_u128(1);
    const B: Uuid = Uuid::from_u128(2);

    fn line(length_max: usize, joined: &[(Uuid, u32)]) -> Line<u32> {
        let mut line = Line::new(length_max);
        for (resource, one) in joined {
            assert_eq!(line.join(*resource, *one), Joined::Waits);
        }
        line
    }

    #[test]
    fn resources_take_turns_and_each_keeps_its_order() {
        let mut line = line(8, &[(A, 1), (A, 2), (A, 3), (A, 4), (B, 11), (B, 12)]);
        assert_eq!(line.take(3), [1, 11, 2]);
        assert_eq!(line.join(B, 13), Joined::Waits);
        assert_eq!(line.take(8), [12, 3, 13, 4]);
        assert!(line.is_empty() && line.take(8).is_empty());
    }

    #[test]
    fn in_a_full_line_a_resource_gets_its_share_from_the_one_that_has_most() {
        let mut line = line(4, &[(A, 1), (A, 2), (A, 3), (A, 4)]);
        assert_eq!(line.join(A, 5), Joined::Refused(5));
        assert_eq!(line.join(B, 11), Joined::InPlaceOf(4));
        assert_eq!(line.join(B, 12), Joined::InPlaceOf(3));
        assert_eq!(line.join(B, 13), Joined::Refused(13));
        assert_eq!(line.take(8), [1, 11, 2, 12]);
    }

    proptest! {
        /// Whatever comes and goes: nothing is lost, nothing is twice, and the bound holds.
        #[test]
        fn all_that_joined_leaves_once(steps in prop::collection::vec((0_u8..4, 0_u128..5), 0..200), length_max in 1_usize..12) {
            let mut line = Line::new(length_max);
            let (mut came, mut went) = (0_u32, Vec::new());
            for (step, resource) in steps {
                if step == 0 {
                    went.extend(line.take(3));
                } else {
                    match line.join(Uuid::from_u128(resource), came) {
                        Joined::Waits => {}
                        Joined::InPlaceOf(one) | Joined::Refused(one) => went.push(one),
                    }
                    came += 1;
                }
                prop_assert!(line.length <= length_max);
            }
            went.extend(line.take(usize::MAX));
            went.sort_unstable();
            prop_assert_eq!(went, (0..came).collect::<Vec<_>>());
        }
    }
}
