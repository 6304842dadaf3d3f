//! The body of a snapshot: a view in few bytes.
//!
//! Ids begin with the time of their minting, so sorted ones differ little in their upper halves; the lower halves are random
//! and cannot be told in fewer than eight bytes. Identities are grouped by epoch, since most were revoked once.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::View;

/// The first byte of a body: the form that this module writes and reads.
const FORM: u8 = 1;

/// Longest id of a signing key, in bytes.
const KEY_ID_BYTES_MAX: u64 = 128;

/// Fewest bytes of an identity: a difference and a lower half.
const IDENTITY_BYTES_MIN: usize = 9;

/// The bytes are no snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no revocation snapshot of a form that is known here")]
pub struct MalformedBody;

/// Writes a view. Equal views have equal bytes.
#[must_use]
pub fn encode_body(view: &View) -> Vec<u8> {
    let mut bytes = vec![FORM];
    put(&mut bytes, view.resource_epoch);
    view.generations.iter().for_each(|generation| put(&mut bytes, *generation));
    put(&mut bytes, view.revoked_keys.len() as u64);
    for key_id in &view.revoked_keys {
        put(&mut bytes, key_id.len() as u64);
        bytes.extend_from_slice(key_id.as_bytes());
    }
    let mut sections: BTreeMap<u64, Vec<u128>> = BTreeMap::new();
    for (local, epoch) in &view.identities {
        sections.entry(*epoch).or_default().push(local.as_u128());
    }
    put(&mut bytes, sections.len() as u64);
    for (epoch, mut locals) in sections {
        locals.sort_unstable();
        put(&mut bytes, epoch);
        put(&mut bytes, locals.len() as u64);
        let mut before = 0;
        for local in locals {
            let (upper, lower) = Uuid::from_u128(local).as_u64_pair();
            put(&mut bytes, upper - before);
            bytes.extend_from_slice(&lower.to_be_bytes());
            before = upper;
        }
    }
    bytes
}

/// Reads a view.
///
/// # Errors
/// [`MalformedBody`] for bytes that are no whole view; memory stays in proportion to the bytes.
pub fn decode_body(bytes: &[u8]) -> Result<View, MalformedBody> {
    let mut rest = Rest(bytes);
    if rest.take(1)? != [FORM] {
        return Err(MalformedBody);
    }
    let mut view = View {
        resource_epoch: rest.number()?,
        generations: [rest.number()?, rest.number()?],
        ..View::default()
    };
    for _ in 0..rest.number()? {
        let length = rest.number()?;
        if length > KEY_ID_BYTES_MAX {
            return Err(MalformedBody);
        }
        let key_id = std::str::from_utf8(rest.take(length as usize)?).map_err(|_| MalformedBody)?;
        view.revoked_keys.insert(key_id.to_owned());
    }
    for _ in 0..rest.number()? {
        section(&mut rest, &mut view.identities)?;
    }
    if rest.0.is_empty() { Ok(view) } else { Err(MalformedBody) }
}

fn section(rest: &mut Rest<'_>, identities: &mut HashMap<Uuid, u64>) -> Result<(), MalformedBody> {
    let (epoch, count) = (rest.number()?, rest.number()?);
    // A count that the bytes cannot hold would reserve memory for nothing.
    let count = usize::try_from(count).map_err(|_| MalformedBody)?;
    if count > rest.0.len() / IDENTITY_BYTES_MIN {
        return Err(MalformedBody);
    }
    identities.reserve(count);
    let mut upper: u64 = 0;
    for _ in 0..count {
        upper = upper.checked_add(rest.number()?).ok_or(MalformedBody)?;
        let lower = rest.take(8)?.try_into().map(u64::from_be_bytes).map_err(|_| MalformedBody)?;
        if identities.insert(Uuid::from_u64_pair(upper, lower), epoch).is_some() {
            return Err(MalformedBody);
        }
    }
    Ok(())
}

/// LEB128, unsigned.
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], MalformedBody> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(MalformedBody)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64, MalformedBody> {
        let mut number: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(*self.take(1)?.first().ok_or(MalformedBody)?);
            let bits = byte & 0x7f;
            if shift == 63 && bits > 1 {
                return Err(MalformedBody);
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(MalformedBody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revocation::GONE;
    use proptest::prelude::*;

    fn view() -> impl Strategy<Value = View> {
        let identities = prop::collection::hash_map(
            any::<u128>().prop_map(Uuid::from_u128),
            prop_oneof![0_u64..4, Just(GONE)],
            0..40,
        );
        let keys = prop::collection::btree_set("[A-Za-z0-9_-]{1,43}", 0..4);
        (any::<u64>(), any::<[u64; 2]>(), keys, identities).prop_map(
            |(resource_epoch, generations, revoked_keys, identities)| View {
                resource_epoch,
                generations,
                revoked_keys,
                identities,
            },
        )
    }

    proptest! {
        #[test]
        fn a_view_reads_back(view in view()) {
            prop_assert_eq!(decode_body(&encode_body(&view)), Ok(view));
        }

        #[test]
        fn a_body_that_broke_off_or_goes_on_is_refused(view in view(), cut in any::<prop::sample::Index>()) {
            let bytes = encode_body(&view);
            prop_assert_eq!(decode_body(&bytes[..cut.index(bytes.len())]), Err(MalformedBody));
            prop_assert_eq!(decode_body(&[bytes.as_slice(), &[0]].concat()), Err(MalformedBody));
        }

        #[test]
        fn no_bytes_make_the_reader_fail_otherwise(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_body(&[&[FORM], bytes.as_slice()].concat());
        }
    }

    #[test]
    fn a_count_that_the_bytes_cannot_hold_is_refused_before_memory_is_taken() {
        let mut bytes = vec![FORM, 0, 0, 0, 0, 1, 1];
        put(&mut bytes, u64::MAX / 2);
        assert_eq!(decode_body(&bytes), Err(MalformedBody));
    }
}
