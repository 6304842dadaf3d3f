//! What a path written in a module means: an item or a module of this crate, or something from elsewhere.

use std::collections::BTreeSet;

use syn::{Item, ItemUse, UseTree};

use super::sources::{self, ModulePath, Modules, Place};

/// Imports of imports that are followed; `use a::a` would otherwise lead in a circle.
const IMPORTS_FOLLOWED_MAX: usize = 8;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Meaning {
    Module(ModulePath),
    Item(Place),
    /// Of another crate, or inside an item; the path as it is written.
    Elsewhere(String),
}

/// One name that a `use` brings in, or all of a module.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// None for `*`.
    pub(super) name: Option<String>,
    from_elsewhere: bool,
}

pub(super) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut imports = Vec::new();
    collect(&item.tree, &mut Vec::new(), &mut imports);
    for import in &mut imports {
        import.from_elsewhere = item.leading_colon.is_some();
    }
    imports
}

fn collect(tree: &UseTree, path: &mut Vec<String>, imports: &mut Vec<Import>) {
    let mut import = |last: Option<String>, name: Option<String>| {
        // `a::{self}` is `a`.
        let last = last.filter(|last| last != "self" || path.is_empty());
        let path: Vec<String> = path.iter().cloned().chain(last).collect();
        let name = name.map(|name| if name == "self" { path.last().cloned().unwrap_or(name) } else { name });
        imports.push(Import { path, name, from_elsewhere: false });
    };
    match tree {
        UseTree::Name(leaf) => import(Some(leaf.ident.to_string()), Some(leaf.ident.to_string())),
        UseTree::Rename(leaf) => import(Some(leaf.ident.to_string()), Some(leaf.rename.to_string())),
        UseTree::Glob(_) => import(None, None),
        UseTree::Path(branch) => {
            path.push(branch.ident.to_string());
            collect(&branch.tree, path, imports);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, path, imports)),
    }
}

impl Modules {
    /// Everything that the import may mean: a type and a function can share a name.
    pub(super) fn meanings_of_import(&self, module: &[String], import: &Import) -> BTreeSet<Meaning> {
        self.import(module, import, 0)
    }

    pub(super) fn meanings(&self, module: &[String], path: &[String]) -> BTreeSet<Meaning> {
        self.path(module, path, 0)
    }

    fn import(&self, module: &[String], import: &Import, depth: usize) -> BTreeSet<Meaning> {
        if import.from_elsewhere {
            return BTreeSet::from([Meaning::Elsewhere(import.path.join("::"))]);
        }
        self.path(module, &import.path, depth)
    }

    fn path(&self, module: &[String], path: &[String], depth: usize) -> BTreeSet<Meaning> {
        let elsewhere = || BTreeSet::from([Meaning::Elsewhere(path.join("::"))]);
        let (mut here, mut rest) = (module.to_vec(), path);
        let mut rooted = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => here.clear(),
                "super" => drop(here.pop()),
                "self" => {}
                _ => break,
            }
            (rooted, rest) = (true, others);
        }
        let Some((last, before)) = rest.split_last() else {
            return if rooted { BTreeSet::from([Meaning::Module(here)]) } else { elsewhere() };
        };
        for name in before {
            let inner = self.name(&here, name, depth).into_iter().find_map(|meaning| match meaning {
                Meaning::Module(path) => Some(path),
                _ => None,
            });
            let Some(inner) = inner else { return elsewhere() };
            here = inner;
        }
        let meanings = self.name(&here, last, depth);
        if meanings.is_empty() { elsewhere() } else { meanings }
    }

    fn name(&self, path: &[String], name: &str, depth: usize) -> BTreeSet<Meaning> {
        let mut meanings = BTreeSet::new();
        let Some(module) = self.get(path) else { return meanings };
        for (number, item) in module.items.iter().enumerate() {
            match item {
                Item::Use(item) if depth < IMPORTS_FOLLOWED_MAX => {
                    for import in imports(item) {
                        meanings.extend(self.imported(path, &import, name, depth + 1));
                    }
                }
                _ if sources::face(item).is_none_or(|(_, ident)| ident != name) => {}
                Item::Mod(_) => {
                    let path = path.iter().cloned().chain([name.to_owned()]).collect();
                    meanings.insert(Meaning::Module(path));
                }
                _ => {
                    meanings.insert(Meaning::Item((path.to_vec(), number)));
                }
            }
        }
        meanings
    }

    /// What an import gives to a name in its module.
    fn imported(&self, path: &[String], import: &Import, name: &str, depth: usize) -> BTreeSet<Meaning> {
        match &import.name {
            Some(imported) if imported == name => self.import(path, import, depth),
            Some(_) => BTreeSet::new(),
            None => {
                let modules = self.import(path, import, depth).into_iter();
                modules
                    .filter_map(|meaning| match meaning {
                        Meaning::Module(inner) if inner != path => Some(self.name(&inner, name, depth)),
                        _ => None,
                    })
                    .flatten()
                    .collect()
            }
        }
    }
}
