//! `callsign portal`: has the running server make a link.

use callsign_server::admin::{Reply, Request};

use super::{ask, unexpected};
use crate::args::Place;
use crate::args::portal::Portal;
use crate::printer;

const ONCE: &str = "Open it in a browser within five minutes. It signs in once, and whoever has it can.\n";

pub(super) fn run(place: &Place, portal: &Portal) -> anyhow::Result<()> {
    match portal {
        Portal::Open {} => open(place),
    }
}

fn open(place: &Place) -> anyhow::Result<()> {
    let answer = ask(place, Request::PortalLink {})?;
    let Reply::PortalLink(link) = answer.reply else {
        return Err(unexpected());
    };
    printer::print(&format!("{}\n", link.url.expose()))?;
    printer::tell(ONCE);
    printer::tell_notes(&answer.notes);
    Ok(())
}
