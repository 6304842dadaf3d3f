//! The portal: pages for people who run this server.

mod answer;
mod asset;
mod chart;
mod cookie;
mod decoded;
mod desk;
mod door;
mod form;
mod frame;
mod measured;
mod openid;
mod operator;
mod page;
mod part;
mod pass;
mod route;
mod session;
#[cfg(test)]
mod tests;
mod ticket;

use std::sync::Arc;

use callsign_core::service::Service;
use http::Method;
use maud::html;

use crate::admin::Office;
use crate::config::{Config, Shown};
use crate::http::site::{Answer, Told, Visit};
use crate::telemetry::Telemetry;
use answer::{Fault, Problem};
use desk::Desk;
use openid::OpenId;
use route::{Page, Place};
use session::{Session, Sessions};
pub(crate) use ticket::Tickets;

/// What every path of the portal begins with.
const ROOT: &str = "/portal";

/// The portal.
pub(crate) struct Portal {
    office: Arc<Office>,
    telemetry: Arc<Telemetry>,
    sessions: Sessions,
    tickets: Arc<Tickets>,
    openid: Option<OpenId>,
    settings: Vec<Shown>,
}

impl Portal {
    /// The portal of that configuration, if it is on. The office hands out its links.
    pub(crate) fn new(config: &Config, office: &Arc<Office>, telemetry: Arc<Telemetry>) -> Option<Self> {
        let tickets = Arc::clone(office.tickets.as_ref()?);
        let service = &office.service;
        let sessions = Sessions::new(Arc::clone(&service.clock), Arc::clone(&service.entropy));
        let openid = OpenId::new(config, service);
        let settings = config.show();
        Some(Self { office: Arc::clone(office), telemetry, sessions, tickets, openid, settings })
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(&self, path: &str) -> bool {
        path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a visit, and tells what was done.
    pub(crate) async fn answer(&self, visit: &Visit<'_>) -> (Answer, Told) {
        match self.place(visit) {
            Ok(Place::Page(page)) => self.page(visit, page).await,
            other => (self.outside(visit, other).await, Told::default()),
        }
    }

    /// Whatever is there for those who are not signed in, too.
    async fn outside(&self, visit: &Visit<'_>, place: Result<Place, Problem>) -> Answer {
        match place {
            Ok(Place::Page(_)) => Self::to_the_door(),
            Ok(Place::Style) => asset::STYLE.answer(visit),
            Ok(Place::Script) => asset::SCRIPT.answer(visit),
            Ok(Place::Icon) => asset::ICON.answer(visit),
            Ok(Place::SignIn) if *visit.method != Method::POST => self.show_door(visit),
            Ok(Place::SignIn) => self.sign_in(visit).unwrap_or_else(|problem| self.at_the_door(&problem)),
            Ok(Place::OpenId) => {
                self.begin_openid(visit).await.unwrap_or_else(|problem| self.at_the_door(&problem))
            }
            Ok(Place::OpenIdCallback) => {
                self.end_openid(visit).await.unwrap_or_else(|problem| self.at_the_door(&problem))
            }
            Ok(Place::SignOut) => self.sign_out(visit).unwrap_or_else(alone),
            Err(problem) => alone(problem),
        }
    }

    /// Where the visit leads, if it may lead anywhere.
    fn place(&self, visit: &Visit<'_>) -> Result<Place, Problem> {
        if !visit.arrival.is_confidential() {
            let sentence = "The portal shows keys and tokens, and everybody between you and the server could read them here. Open it \
                            over https, or on the machine where the server runs.";
            return Err(Problem::new(Fault::Readable, "The portal is not shown over plain http", sentence));
        }
        let place = Place::of(visit.path).ok_or_else(|| {
            Problem::new(Fault::PageUnknown, "There is no such page", "The portal begins at /portal.")
        })?;
        place.check(visit.method)?;
        if *visit.method == Method::POST && !cookie::comes_from_here(visit, &self.office.endpoints) {
            let sentence = "Another site sent this form, so nothing was done. If you meant it, open the portal and do it there.";
            return Err(Problem::new(Fault::CrossSite, "This did not come from the portal", sentence));
        }
        Ok(place)
    }

    /// A page for somebody who is signed in.
    async fn page(&self, visit: &Visit<'_>, page: Page) -> (Answer, Told) {
        let Some(session) = self.session(visit) else {
            return (Self::to_the_door(), Told::default());
        };
        let desk = match Desk::open(self, visit, (session, page)) {
            Ok(desk) => desk,
            Err(problem) => return (alone(problem), Told::default()),
        };
        let made = match desk.check_may() {
            Ok(()) => page::answer(&desk).await,
            Err(problem) => Err(problem),
        };
        let answer = made.unwrap_or_else(|problem| frame::problem(&desk, &problem));
        (answer, desk.into_told())
    }

    fn at_the_door(&self, problem: &Problem) -> Answer {
        frame::problem_alone(problem, &self.how_to_sign_in())
    }

    fn session(&self, visit: &Visit<'_>) -> Option<Session> {
        self.sessions.find(cookie::session_id(visit, &self.office.endpoints)?)
    }

    fn service(&self) -> &Service {
        &self.office.service
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it ends a chain of results")]
fn alone(problem: Problem) -> Answer {
    frame::problem_alone(&problem, &html! {})
}
