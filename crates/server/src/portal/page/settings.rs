//! *Settings*: each as it is in force, and where it came from. Secrets are masked before they come here.

use maud::{Markup, html};

use crate::config::Shown;
use crate::http::site::Answer;
use crate::portal::desk::Desk;
use crate::portal::frame;
use crate::portal::part;

pub(super) fn show(desk: &Desk<'_>) -> Answer {
    let content = html! {
        p.lead {
            "As the server was started. To change one, set it in the configuration file, the environment or on the command line, and start the \
             server again; " code { "callsign config example" } " prints them all with what they mean."
        }
        (part::scrolling("Settings in force", &html! {
            table {
                thead { tr {
                    th scope="col" { "Setting" }
                    th scope="col" { "Value" }
                    th scope="col" { "From" }
                } }
                tbody { @for setting in &desk.portal.settings { (row(setting)) } }
            }
        }))
    };
    frame::page(desk, "Settings", &content)
}

fn row(setting: &Shown) -> Markup {
    html! {
        tr {
            th.whole scope="row" { code { (setting.key) } }
            td.breaks { @if setting.value.is_empty() { span.quiet { "nothing" } } @else { code { (setting.value) } } }
            td.breaks { (setting.origin) }
        }
    }
}
