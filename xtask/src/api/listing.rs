//! The list itself: one line for each thing that can be named, sorted by its public path.

use std::collections::BTreeSet;

use super::attributes::{self, Gates};
use super::implementations;
use super::items;
use super::reach::{PublicPath, Reach};
use super::sources::{Modules, Sources};

/// The public API of the crate with this name.
pub(super) fn of(name: &str, sources: &Sources) -> anyhow::Result<Vec<String>> {
    let modules = Modules::read(sources)?;
    let reach = Reach::of(name, &modules);
    let mut listing = Listing::default();
    for public in &reach.tables {
        listing.add(public, "mod");
    }
    for (public, path) in &reach.handed_on {
        listing.add(public, &format!("pub use {path}"));
    }
    for (item, own, others) in reach.items() {
        items::list(&mut listing, item, own);
        for other in others {
            listing.add(other, &format!("pub use {}", own.path));
        }
    }
    implementations::list(&mut listing, &modules, &reach);
    Ok(listing.lines.into_iter().map(|(path, text)| format!("{path}: {text}")).collect())
}

#[derive(Default)]
pub(super) struct Listing {
    lines: BTreeSet<(String, String)>,
}

impl Listing {
    pub(super) fn add(&mut self, public: &PublicPath, text: &str) {
        let gates: String = public.gates.iter().map(|gate| format!("{gate} ")).collect();
        self.lines.insert((public.path.clone(), format!("{gates}{text}")));
    }
}

impl PublicPath {
    /// A thing inside an item, unless its attributes leave it out.
    pub(super) fn inner(&self, separator: &str, name: &str, attributes: &[syn::Attribute]) -> Option<Self> {
        if attributes::is_left_out(attributes) {
            return None;
        }
        let path = format!("{}{separator}{name}", self.path);
        Some(Self { path, gates: attributes::joined(&self.gates, &attributes::gates(attributes)) })
    }

    /// The same path under further conditions.
    pub(super) fn under(&self, gates: &Gates) -> Self {
        Self { path: self.path.clone(), gates: attributes::joined(&self.gates, gates) }
    }
}
