//! The desk: somebody who is signed in, at a resource, with what they sent. Every page is made at one.

use std::sync::{Arc, Mutex, PoisonError};

use callsign_core::caller::{Caller, Proof};
use callsign_core::directory::audit::Actor;
use callsign_core::directory::resource::Resource;
use callsign_core::service::Service;
use http::Method;
use maud::{Markup, html};

use super::Portal;
use super::answer::{Fault, Problem};
use super::form::{Form, link};
use super::operator::{Need, Operator};
use super::part;
use super::route::Page;
use super::session::Session;
use crate::admin::{Answer, Request};
use crate::authenticate;
use crate::config::Role;
use crate::http::site::{Told, Visit};

/// What a form sends its session's token in.
pub(super) const FORM_TOKEN: &str = "form_token";
/// What names the resource in forms and queries.
const RESOURCE: &str = "resource";

/// Somebody at work.
pub(super) struct Desk<'a> {
    pub(super) portal: &'a Portal,
    pub(super) session: Session,
    /// The page that was asked for.
    pub(super) page: Page,
    /// The resource that is looked at.
    pub(super) resource: Arc<Resource>,
    /// All that the operator reaches.
    pub(super) resources: Vec<Arc<Resource>>,
    /// What was sent: the posted form, or the query.
    pub(super) form: Form,
    /// Whether something is to be done, not only shown.
    pub(super) is_posted: bool,
    told: Mutex<Told>,
}

impl<'a> Desk<'a> {
    /// Opens the desk of a session for a page that may be shown, or changed by what was posted.
    pub(super) fn open(
        portal: &'a Portal,
        visit: &Visit<'_>,
        (session, page): (Session, Page),
    ) -> Result<Self, Problem> {
        let is_posted = *visit.method == Method::POST;
        let form = if is_posted { Form::posted(visit)? } else { Form::asked(visit) };
        if is_posted {
            check_form_token(&form, &session)?;
        }
        let all = portal.service().resources.all();
        let operator = &session.operator;
        let reached = |resource: &&Arc<Resource>| operator.may(Need::Role(Role::Reader), resource);
        let resources: Vec<_> = all.iter().filter(reached).cloned().collect();
        let resource = chosen(&resources, form.get(RESOURCE), operator)?;
        let told = Mutex::new(Told {
            caller: Some(Proof::Portal(Arc::clone(&session.operator.name)).to_string()),
            resource: Some((resource.stored.id, resource.stored.name.to_string())),
            ..Told::default()
        });
        Ok(Self { portal, session, page, resource, resources, form, is_posted, told })
    }

    /// Notes for the records what is done.
    pub(super) fn tell(&self, of: impl FnOnce(&mut Told)) {
        of(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the records say.
    pub(super) fn into_told(self) -> Told {
        self.told.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn service(&self) -> &'a Service {
        self.portal.service()
    }

    /// Whether the operator may do that at this resource.
    pub(super) fn may(&self, need: Need) -> bool {
        self.session.operator.may(need, &self.resource)
    }

    /// Refuses what the page is not for.
    pub(super) fn check_may(&self) -> Result<(), Problem> {
        let need = self.page.need();
        if self.may(need) {
            return Ok(());
        }
        let sentence = format!("This needs {}. Ask one, or choose another resource.", need.words());
        Err(Problem::new(Fault::Forbidden, "You may not do that", sentence))
    }

    /// As operations know who asks.
    pub(super) fn caller(&self) -> Caller {
        authenticate::caller(&self.resource, Proof::Portal(Arc::clone(&self.session.operator.name)))
    }

    /// Has administration do something under the operator's name.
    pub(super) async fn carry_out(&self, request: Request) -> Result<Answer, Problem> {
        let actor = Actor::Portal(Arc::clone(&self.session.operator.name));
        let done = self.portal.office.carry_out(request, actor).await;
        done.map_err(|refused| Problem::new(Fault::Input, "That was not done", sentence(&refused.0)))
    }

    /// The name of the resource.
    pub(super) fn resource_name(&self) -> String {
        self.resource.stored.name.to_string()
    }

    /// Where a page is, at the same resource.
    pub(super) fn link(&self, page: Page, fields: &[(&str, &str)]) -> String {
        let name = if self.resources.len() > 1 { self.resource.stored.name.as_str() } else { "" };
        let fields: Vec<_> = [(RESOURCE, name)].iter().chain(fields).copied().collect();
        link(page.path(), &fields)
    }

    /// What every form that changes something has in it.
    pub(super) fn form_token(&self) -> Markup {
        html! { input type="hidden" name=(FORM_TOKEN) value=(*self.session.form_token); (self.form_resource()) }
    }

    /// What every other form has in it.
    pub(super) fn form_resource(&self) -> Markup {
        html! {
            @if self.resources.len() > 1 {
                input type="hidden" name=(RESOURCE) value=(self.resource.stored.name);
            }
        }
    }
}

/// A form of another session, or of none, is not taken for one of this.
pub(super) fn check_form_token(form: &Form, session: &Session) -> Result<(), Problem> {
    let sent = form.get(FORM_TOKEN).unwrap_or_default();
    let wanted = session.form_token.as_bytes();
    if aws_lc_rs::constant_time::verify_slices_are_equal(sent.as_bytes(), wanted).is_ok() {
        return Ok(());
    }
    let sentence = "The form was opened before you signed in as you are now. Nothing was done. Open the page again and send its form.";
    Err(Problem::new(Fault::FormStale, "This form is too old", sentence))
}

fn chosen(
    resources: &[Arc<Resource>],
    name: Option<&str>,
    operator: &Operator,
) -> Result<Arc<Resource>, Problem> {
    let found = match name {
        Some(name) => resources.iter().find(|resource| resource.stored.name.as_str() == name),
        // The oldest is the default one.
        None => resources.first(),
    };
    found.cloned().ok_or_else(|| {
        let name_of = |resource: &Arc<Resource>| resource.stored.name.to_string();
        let names: Vec<String> = resources.iter().map(name_of).collect();
        if names.is_empty() {
            let sentence = format!(
                "{} is signed in, and has a role at no resource. Ask an administrator for one (entra.roles), then sign in again.",
                operator.name
            );
            return Problem::new(Fault::Forbidden, "There is nothing here for you", sentence);
        }
        let sentence = format!("There is no such resource that you may look at. There is {}.", names.join(", "));
        Problem::new(Fault::Absent, "This resource is unknown", sentence)
    })
}

/// A sentence of administration, which begins small, as one of a page.
pub(super) fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    part::capital(text) + end
}
