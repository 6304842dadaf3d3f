//! The pages, one file each.

mod overview;

use super::answer::Problem;
use super::desk::Desk;
use super::route::Page;
use crate::http::site::Answer;

/// Makes the page that the desk was opened for.
pub(super) async fn answer(desk: &Desk<'_>) -> Result<Answer, Problem> {
    match desk.page {
        _ => Ok(overview::show(desk)),
    }
}
