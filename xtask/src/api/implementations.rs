//! The lines of `impl` blocks, wherever they stand in the crate: methods of public types, traits of public types.

use std::collections::BTreeSet;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{GenericParam, ImplItem, Item, ItemImpl, Visibility};

use super::attributes::{self, marks};
use super::listing::Listing;
use super::names::Meaning;
use super::reach::{PublicPath, Reach};
use super::sources::Modules;
use super::text;

pub(super) fn list(listing: &mut Listing, modules: &Modules, reach: &Reach<'_>) {
    for (path, module) in modules.iter() {
        for item in &module.items {
            let Item::Impl(block) = item else { continue };
            let Some(public) = belongs_to(block, path, modules, reach) else { continue };
            let gates = attributes::joined(&module.gates, &attributes::gates(&block.attrs));
            let public = public.under(&gates);
            if block.trait_.is_some() {
                listing.add(&public, &(marks(&block.attrs) + &title(block)));
            } else {
                list_members(listing, block, &public);
            }
        }
    }
}

/// The public item under which the block is listed: the type, else the trait, else what the trait is about. None if
/// there is no such item, or if an item that the block is about is private.
fn belongs_to<'a>(
    block: &ItemImpl,
    module: &[String],
    modules: &Modules,
    reach: &'a Reach<'_>,
) -> Option<&'a PublicPath> {
    let mut paths = Paths::default();
    paths.visit_type(&block.self_ty);
    if let Some((path, _)) = &block.trait_ {
        paths.visit_path(path);
    }
    let parameters: BTreeSet<String> = block.generics.params.iter().filter_map(parameter).collect();
    let mut owner = None;
    for path in paths.0 {
        if path.first().is_some_and(|first| parameters.contains(first)) {
            continue;
        }
        for meaning in modules.meanings(module, &path) {
            if let Meaning::Item(place) = meaning {
                let public = reach.own_path(&place)?;
                owner = owner.or(Some(public));
            }
        }
    }
    owner
}

fn parameter(parameter: &GenericParam) -> Option<String> {
    match parameter {
        GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
        _ => None,
    }
}

/// Every path in a type, the outermost first.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }
}

/// `impl<T> Trait for Type<T> where …`.
fn title(block: &ItemImpl) -> String {
    let title = text::from_to(block.impl_token.span(), block.self_ty.span());
    match &block.generics.where_clause {
        Some(clause) => format!("{title} {}", text::of(clause)),
        None => title,
    }
}

fn list_members(listing: &mut Listing, block: &ItemImpl, public: &PublicPath) {
    // Of which `Name<T>` the members are, where there is more than one.
    let self_type = text::of(&block.self_ty);
    let of_which = if self_type.contains('<') { format!(" (in {})", title(block)) } else { String::new() };
    for member in &block.items {
        let (visibility, attributes, name, line) = match member {
            ImplItem::Fn(member) => (&member.vis, &member.attrs, &member.sig.ident, text::of(&member.sig)),
            ImplItem::Const(member) => {
                let line = format!("const {}: {}", member.ident, text::of(&member.ty));
                (&member.vis, &member.attrs, &member.ident, line)
            }
            _ => continue,
        };
        if !matches!(visibility, Visibility::Public(_)) {
            continue;
        }
        if let Some(inner) = public.inner("::", &name.to_string(), attributes) {
            listing.add(&inner, &(line + &of_which));
        }
    }
}
