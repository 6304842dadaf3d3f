//! The lines of an item: its own, and those of its fields, variants or members.

use syn::spanned::Spanned;
use syn::{Attribute, Field, Fields, Generics, Item, ItemEnum, ItemStruct, ItemTrait, TraitItem, Visibility};

use super::attributes::{self, marks};
use super::listing::Listing;
use super::reach::PublicPath;
use super::sources;
use super::text;

pub(super) fn list(listing: &mut Listing, item: &Item, public: &PublicPath) {
    let name = public.path.rsplit("::").next().unwrap_or_default();
    match item {
        Item::Struct(item) => list_struct(listing, item, public, name),
        Item::Enum(item) => list_enum(listing, item, public, name),
        Item::Trait(item) => list_trait(listing, item, public, name),
        Item::Fn(item) => listing.add(public, &text::of(&item.sig)),
        Item::Const(item) => listing.add(public, &format!("const {name}: {}", text::of(&item.ty))),
        Item::Static(item) => listing.add(public, &format!("static {name}: {}", text::of(&item.ty))),
        Item::Type(item) => {
            let target = text::of(&item.ty);
            listing.add(public, &format!("{} = {target}", head("type", name, &item.generics)));
        }
        Item::Union(item) => listing.add(public, &head("union", name, &item.generics)),
        _ => {}
    }
    let derives = attributes::derives(sources::attributes_of(item));
    if !derives.is_empty() {
        listing.add(public, &format!("derive: {}", derives.join(", ")));
    }
}

/// `struct Name<T>`: the generics without their `where`.
fn head(keyword: &str, name: &str, generics: &Generics) -> String {
    let parameters = match (&generics.lt_token, &generics.gt_token) {
        (Some(open), Some(close)) => text::from_to(open.span(), close.span()),
        _ => String::new(),
    };
    format!("{keyword} {name}{parameters}")
}

fn conditions(generics: &Generics) -> String {
    generics.where_clause.as_ref().map(|clause| format!(" {}", text::of(clause))).unwrap_or_default()
}

fn list_struct(listing: &mut Listing, item: &ItemStruct, public: &PublicPath, name: &str) {
    let mut line = marks(&item.attrs) + &head("struct", name, &item.generics);
    let mut is_partly_private = false;
    match &item.fields {
        Fields::Unit => {}
        Fields::Unnamed(fields) => {
            let fields = fields.unnamed.iter();
            let shown =
                fields.map(|field| if is_public(field) { text::of(&field.ty) } else { "_".to_owned() });
            line += &format!("({})", shown.collect::<Vec<_>>().join(", "));
        }
        Fields::Named(fields) => {
            for field in &fields.named {
                let field_name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                match public.inner("::", &field_name, &field.attrs).filter(|_| is_public(field)) {
                    Some(inner) => listing.add(&inner, &format!("field: {}", text::of(&field.ty))),
                    None => is_partly_private = true,
                }
            }
        }
    }
    line += &conditions(&item.generics);
    if is_partly_private {
        line += " (has private fields)";
    }
    listing.add(public, &line);
}

fn is_public(field: &Field) -> bool {
    matches!(field.vis, Visibility::Public(_)) && !attributes::is_left_out(&field.attrs)
}

fn list_enum(listing: &mut Listing, item: &ItemEnum, public: &PublicPath, name: &str) {
    let line = marks(&item.attrs) + &head("enum", name, &item.generics) + &conditions(&item.generics);
    listing.add(public, &line);
    for variant in &item.variants {
        let Some(inner) = public.inner("::", &variant.ident.to_string(), &variant.attrs) else { continue };
        let whole = text::without_attributes(&variant.ident, variant);
        listing.add(&inner, &format!("{}variant {whole}", marks(&variant.attrs)));
    }
}

fn list_trait(listing: &mut Listing, item: &ItemTrait, public: &PublicPath, name: &str) {
    let supertraits = text::of(&item.supertraits);
    let colon = if supertraits.is_empty() { "" } else { ": " };
    let head = head("trait", name, &item.generics);
    listing.add(public, &format!("{head}{colon}{supertraits}{}", conditions(&item.generics)));
    for member in &item.items {
        let (attributes, name, line) = match member {
            TraitItem::Fn(member) => {
                let provided = provided(member.default.is_some());
                (&member.attrs, &member.sig.ident, text::of(&member.sig) + provided)
            }
            TraitItem::Const(member) => {
                let line = format!("const {}: {}", member.ident, text::of(&member.ty));
                (&member.attrs, &member.ident, line + provided(member.default.is_some()))
            }
            TraitItem::Type(member) => {
                (&member.attrs, &member.ident, text::without_attributes(&member.type_token, member))
            }
            _ => continue,
        };
        list_member(listing, public, (attributes, name), &line);
    }
}

fn list_member(
    listing: &mut Listing,
    public: &PublicPath,
    (attributes, name): (&[Attribute], &syn::Ident),
    line: &str,
) {
    if let Some(inner) = public.inner("::", &name.to_string(), attributes) {
        listing.add(&inner, line);
    }
}

/// Whether an implementor may leave the member to the trait.
fn provided(has_default: bool) -> &'static str {
    if has_default { " (provided)" } else { "" }
}
