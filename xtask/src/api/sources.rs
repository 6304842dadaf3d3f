//! The modules of one crate, parsed, without what is for its tests. It knows nothing of visibility.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use syn::{Attribute, Ident, Item, Visibility};

use super::attributes::{self, Gates};

/// The text of each file by its path below `src`.
pub(super) type Sources = BTreeMap<String, String>;

/// The names from the root of the crate down to a module; the root itself has none.
pub(super) type ModulePath = Vec<String>;

/// The place of an item: its module, and how many items stand before it there.
pub(super) type Place = (ModulePath, usize);

pub(super) struct Module {
    pub(super) items: Vec<Item>,
    /// The conditions of the module and of those around it.
    pub(super) gates: Gates,
}

#[derive(Default)]
pub(super) struct Modules(BTreeMap<ModulePath, Module>);

/// A module that is about to be read, and the folder in which its own modules have their files.
struct Mount {
    path: ModulePath,
    folder: String,
    gates: Gates,
}

impl Modules {
    /// Begins at `lib.rs` and follows each `mod`.
    pub(super) fn read(sources: &Sources) -> anyhow::Result<Self> {
        let mut modules = Self::default();
        let mount = Mount { path: Vec::new(), folder: String::new(), gates: Gates::new() };
        modules.mount_file("lib.rs", mount, sources)?;
        Ok(modules)
    }

    pub(super) fn get(&self, path: &[String]) -> Option<&Module> {
        self.0.get(path)
    }

    pub(super) fn item(&self, (path, number): &Place) -> Option<&Item> {
        self.get(path)?.items.get(*number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ModulePath, &Module)> {
        self.0.iter()
    }

    fn mount_file(&mut self, file: &str, mount: Mount, sources: &Sources) -> anyhow::Result<()> {
        let text = sources.get(file).with_context(|| format!("src/{file} is not there"))?;
        let parsed = syn::parse_file(text).with_context(|| format!("src/{file} is not Rust"))?;
        self.mount(parsed.items, mount, sources)
    }

    fn mount(&mut self, items: Vec<Item>, mount: Mount, sources: &Sources) -> anyhow::Result<()> {
        let mut kept = Vec::new();
        for mut item in items {
            if attributes::is_left_out(attributes_of(&item)) {
                continue;
            }
            if let Item::Mod(module) = &mut item {
                let name = module.ident.to_string();
                if module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
                    bail!("the module {name} says its path; give its file the usual name");
                }
                let mut path = mount.path.clone();
                path.push(name.clone());
                let folder = format!("{}{name}/", mount.folder);
                let gates = attributes::joined(&mount.gates, &attributes::gates(&module.attrs));
                let file = format!("{}{name}.rs", mount.folder);
                let inner = Mount { path, folder, gates };
                match module.content.take() {
                    Some((_, items)) => self.mount(items, inner, sources)?,
                    None => self.mount_file(&file, inner, sources)?,
                }
            }
            kept.push(item);
        }
        self.0.insert(mount.path, Module { items: kept, gates: mount.gates });
        Ok(())
    }
}

/// The visibility and the name of an item that has both.
pub(super) fn face(item: &Item) -> Option<(&Visibility, &Ident)> {
    match item {
        Item::Const(item) => Some((&item.vis, &item.ident)),
        Item::Enum(item) => Some((&item.vis, &item.ident)),
        Item::Fn(item) => Some((&item.vis, &item.sig.ident)),
        Item::Mod(item) => Some((&item.vis, &item.ident)),
        Item::Static(item) => Some((&item.vis, &item.ident)),
        Item::Struct(item) => Some((&item.vis, &item.ident)),
        Item::Trait(item) => Some((&item.vis, &item.ident)),
        Item::Type(item) => Some((&item.vis, &item.ident)),
        Item::Union(item) => Some((&item.vis, &item.ident)),
        _ => None,
    }
}

pub(super) fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
