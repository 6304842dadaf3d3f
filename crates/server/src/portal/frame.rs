//! What all pages have: head, bar, menu and landmarks.

use maud::{DOCTYPE, Markup, html};

use super::answer::{self, Problem};
use super::asset::{ICON, SCRIPT, STYLE};
use super::desk::Desk;
use super::route::Page;
use crate::http::site::{Answer, head};

/// Pages that begin a group of the menu.
const BEGIN_A_GROUP: [Page; 3] = [Page::Tokens, Page::Metrics, Page::SigningKeys];

/// A page for somebody who is signed in. The title is its one heading of the first level.
pub(super) fn page(desk: &Desk<'_>, title: &str, content: &Markup) -> Answer {
    answer::page(signed_in(desk, title, content))
}

/// The same, telling what is wrong.
pub(super) fn problem(desk: &Desk<'_>, problem: &Problem) -> Answer {
    let content = html! { div.note.bad role="alert" { p { (problem.sentence) } } };
    answer::problem(problem, signed_in(desk, &problem.title, &content))
}

/// The same, with the form that was sent below it, so that it can be mended.
pub(super) fn problem_with(desk: &Desk<'_>, problem: &Problem, (title, content): (&str, &Markup)) -> Answer {
    let content = html! {
        div.note.bad role="alert" id="problem" { strong { (problem.title) } p { (problem.sentence) } }
        (content)
    };
    answer::problem(problem, signed_in(desk, title, &content))
}

/// A page for somebody who is not signed in.
pub(super) fn page_alone(title: &str, content: &Markup) -> Answer {
    answer::page(alone(title, content))
}

/// The same, telling what is wrong.
pub(super) fn problem_alone(problem: &Problem, content: &Markup) -> Answer {
    let content = html! { div.note.bad role="alert" { p { (problem.sentence) } } (content) };
    answer::problem(problem, alone(&problem.title, &content))
}

fn signed_in(desk: &Desk<'_>, title: &str, content: &Markup) -> Markup {
    let body = html! {
        header.bar {
            (brand(&desk.link(Page::Overview, &[])))
            (resources(desk))
            span.who {
                (desk.session.operator.name)
                @if let Some(role) = desk.session.operator.role(&desk.resource) { " · " (role.as_str()) }
            }
            form method="post" action="/portal/sign-out" {
                (desk.form_token())
                button.small type="submit" { "Sign out" }
            }
        }
        div.body {
            (menu(desk))
            main id="main" tabindex="-1" {
                h1 { (title) }
                (content)
                p.foot { "Callsign " (env!("CARGO_PKG_VERSION")) " · resource " (desk.resource.stored.name) }
            }
        }
    };
    document(title, &body)
}

fn alone(title: &str, content: &Markup) -> Markup {
    let body = html! {
        header.bar { (brand("/portal")) }
        main.alone id="main" tabindex="-1" {
            h1 { (title) }
            (content)
        }
    };
    document(title, &body)
}

fn document(title: &str, body: &Markup) -> Markup {
    let files = html! {
        link rel="stylesheet" href=(STYLE.address());
        link rel="icon" href=(ICON.address()) type="image/svg+xml";
        script src=(SCRIPT.address()) defer {}
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} · Callsign"), &files))
            body {
                a.skip href="#main" { "Skip to content" }
                (body)
                div.unseen id="live" role="status" aria-live="polite" {}
            }
        }
    }
}

fn brand(home: &str) -> Markup {
    html! { a.brand href=(home) { img src=(ICON.address()) alt="" width="24" height="24"; "Callsign" } }
}

/// Which resource is looked at. It says nothing where there is only one.
fn resources(desk: &Desk<'_>) -> Markup {
    if desk.resources.len() < 2 {
        return html! {};
    }
    html! {
        form method="get" action=(desk.page.menu_page().path()) {
            label for="resource" { "Resource" }
            select id="resource" name="resource" {
                @for resource in &desk.resources {
                    option value=(resource.stored.name) selected[resource.stored.id == desk.resource.stored.id] {
                        (resource.stored.name)
                    }
                }
            }
            button.small type="submit" { "Choose" }
        }
    }
}

fn menu(desk: &Desk<'_>) -> Markup {
    let entries = Page::ALL.into_iter().filter(|page| desk.may(page.need()));
    html! {
        nav.menu aria-label="Portal" {
            ul {
                @for (page, name) in entries.filter_map(|page| Some((page, page.menu_name()?))) {
                    li.begins[BEGIN_A_GROUP.contains(&page)] {
                        a href=(desk.link(page, &[])) aria-current=[current(desk, page)] { (name) }
                    }
                }
            }
        }
    }
}

fn current(desk: &Desk<'_>, page: Page) -> Option<&'static str> {
    if desk.page == page {
        return Some("page");
    }
    (desk.page.menu_page() == page).then_some("true")
}
