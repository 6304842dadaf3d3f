//! What attributes say of an item's place in the API: hidden, for tests only, behind a feature, open to growth.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::text;

/// The conditions under which an item is there, as they are shown: `#[cfg(feature = "x")]`.
pub(super) type Gates = BTreeSet<String>;

/// Whether the item is no part of the API, whatever its visibility.
pub(super) fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| is_hidden(&attribute.meta) || is_test(&attribute.meta))
}

pub(super) fn gates(attributes: &[Attribute]) -> Gates {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).map(text::of).collect()
}

/// Both conditions at once.
pub(super) fn joined(one: &Gates, other: &Gates) -> Gates {
    one.union(other).cloned().collect()
}

/// The marks that change what a user of the item may write.
pub(super) fn marks(attributes: &[Attribute]) -> String {
    let is_mark = |attribute: &&Attribute| attribute.path().is_ident("non_exhaustive");
    attributes.iter().filter(is_mark).map(|attribute| text::of(attribute) + " ").collect()
}

/// What is derived, each trait with the condition under which it is.
pub(super) fn derives(attributes: &[Attribute]) -> Vec<String> {
    let mut derives = Vec::new();
    for attribute in attributes {
        if attribute.path().is_ident("derive") {
            derives.extend(parts(&attribute.meta).iter().map(text::of));
        } else if attribute.path().is_ident("cfg_attr") {
            let parts = parts(&attribute.meta);
            let condition = parts.first().map(text::of).unwrap_or_default();
            let derived = parts.iter().filter(|part| part.path().is_ident("derive")).flat_map(self::parts);
            derives.extend(derived.map(|part| format!("{} (cfg({condition}))", text::of(&part))));
        }
    }
    derives.sort();
    derives
}

fn is_hidden(meta: &Meta) -> bool {
    meta.path().is_ident("doc") && parts(meta).iter().any(|part| part.path().is_ident("hidden"))
}

fn is_test(meta: &Meta) -> bool {
    meta.path().is_ident("cfg") && parts(meta).iter().any(needs_test)
}

/// Whether a condition holds in the crate's own tests only.
fn needs_test(condition: &Meta) -> bool {
    let path = condition.path();
    let parts = parts(condition);
    path.is_ident("test")
        || (path.is_ident("all") && parts.iter().any(needs_test))
        || (path.is_ident("any") && !parts.is_empty() && parts.iter().all(needs_test))
}

/// What stands between the parentheses, if it is a list of the usual form.
fn parts(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else { return Vec::new() };
    let parsed = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parsed.map(|parts| parts.into_iter().collect()).unwrap_or_default()
}
