//! The start: what there is, and where to go.

use maud::html;

use crate::http::site::Answer;
use crate::portal::desk::Desk;
use crate::portal::frame;

pub(super) fn show(desk: &Desk<'_>) -> Answer {
    frame::page(desk, "Overview", &html! { p { "resource " (desk.resource_name()) } })
}
