//! Which items a user of the crate can name, and by which public paths.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, Visibility};

use super::attributes::{self, Gates};
use super::names::{Meaning, imports};
use super::sources::{self, ModulePath, Modules, Place};

/// An item's public path, and the conditions under which it is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct PublicPath {
    pub(super) path: String,
    pub(super) gates: Gates,
}

/// All that can be named from outside.
pub(super) struct Reach<'a> {
    modules: &'a Modules,
    /// Each item with its paths.
    items: BTreeMap<Place, Vec<PublicPath>>,
    /// Public modules.
    pub(super) tables: Vec<PublicPath>,
    /// What is handed on from elsewhere, with its path there.
    pub(super) handed_on: Vec<(PublicPath, String)>,
    walked: BTreeSet<(ModulePath, String)>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(name: &str, modules: &'a Modules) -> Self {
        let mut reach = Self {
            modules,
            items: BTreeMap::new(),
            tables: Vec::new(),
            handed_on: Vec::new(),
            walked: BTreeSet::new(),
        };
        reach.walk(&[], &PublicPath { path: name.to_owned(), gates: Gates::new() });
        for paths in reach.items.values_mut() {
            // The shortest path comes first: it is the item's own.
            paths.sort_by_cached_key(|public| (public.path.matches("::").count(), public.path.clone()));
            paths.dedup_by(|one, other| one.path == other.path);
        }
        reach
    }

    /// The path under which the item is listed.
    pub(super) fn own_path(&self, place: &Place) -> Option<&PublicPath> {
        self.items.get(place)?.first()
    }

    /// Every item with the path under which it is listed and its other paths.
    pub(super) fn items(&self) -> impl Iterator<Item = (&'a Item, &PublicPath, &[PublicPath])> {
        self.items.iter().filter_map(|(place, paths)| {
            let (own, others) = paths.split_first()?;
            Some((self.modules.item(place)?, own, others))
        })
    }

    fn walk(&mut self, path: &[String], public: &PublicPath) {
        let Some(module) = self.modules.get(path) else { return };
        if !self.walked.insert((path.to_vec(), public.path.clone())) {
            return;
        }
        let gates = attributes::joined(&public.gates, &module.gates);
        for (number, item) in module.items.iter().enumerate() {
            let gates = attributes::joined(&gates, &attributes::gates(sources::attributes_of(item)));
            if let Item::Use(item) = item {
                if matches!(item.vis, Visibility::Public(_)) {
                    self.hand_on(path, item, &PublicPath { path: public.path.clone(), gates });
                }
            } else if let Some((Visibility::Public(_), ident)) = sources::face(item) {
                let meaning = match item {
                    Item::Mod(_) => Meaning::Module(joined(path, &ident.to_string())),
                    _ => Meaning::Item((path.to_vec(), number)),
                };
                self.reach(meaning, PublicPath { path: format!("{}::{ident}", public.path), gates });
            }
        }
    }

    /// What a `pub use` in the module makes public below the given path.
    fn hand_on(&mut self, module: &[String], item: &syn::ItemUse, public: &PublicPath) {
        for import in imports(item) {
            for meaning in self.modules.meanings_of_import(module, &import) {
                match (&import.name, meaning) {
                    (Some(name), _) if name == "_" => {}
                    (Some(name), meaning) => {
                        let path = format!("{}::{name}", public.path);
                        self.reach(meaning, PublicPath { path, gates: public.gates.clone() });
                    }
                    (None, Meaning::Module(inner)) => self.walk(&inner, public),
                    (None, Meaning::Elsewhere(_) | Meaning::Item(_)) => {
                        let all =
                            PublicPath { path: format!("{}::*", public.path), gates: public.gates.clone() };
                        self.handed_on.push((all, format!("{}::*", import.path.join("::"))));
                    }
                }
            }
        }
    }

    fn reach(&mut self, meaning: Meaning, mut public: PublicPath) {
        match meaning {
            Meaning::Module(path) => {
                let Some(module) = self.modules.get(&path) else { return };
                public.gates = attributes::joined(&public.gates, &module.gates);
                self.tables.push(public.clone());
                self.walk(&path, &public);
            }
            Meaning::Item(place) => {
                let around = self.modules.get(&place.0).map(|module| &module.gates);
                let own = self.modules.item(&place).map(sources::attributes_of).unwrap_or_default();
                public.gates.extend(around.into_iter().flatten().cloned().chain(attributes::gates(own)));
                self.items.entry(place).or_default().push(public);
            }
            Meaning::Elsewhere(path) => self.handed_on.push((public, path)),
        }
    }
}

fn joined(path: &[String], name: &str) -> ModulePath {
    path.iter().cloned().chain([name.to_owned()]).collect()
}
