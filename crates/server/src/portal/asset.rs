//! The files of every page: style, script and icon. Their addresses change with them, so that browsers may keep them.

use crate::http::entity_tag::{EntityTag, KnownTags};
use crate::http::site::{Answer, Visit};
use crate::portal::answer;

/// A file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asset {
    path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

pub(super) const STYLE: Asset = Asset {
    path: "/portal/style.css",
    media_type: "text/css; charset=utf-8",
    text: include_str!("style.css"),
};
pub(super) const SCRIPT: Asset = Asset {
    path: "/portal/portal.js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("portal.js"),
};
pub(super) const ICON: Asset =
    Asset { path: "/portal/icon.svg", media_type: "image/svg+xml", text: include_str!("icon.svg") };

impl Asset {
    fn tag(self) -> EntityTag {
        EntityTag::of(self.text.as_bytes())
    }

    /// Its address, which names its content.
    pub(super) fn address(self) -> String {
        let tag = self.tag().to_header().ok();
        let tag = tag.as_ref().and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        format!("{}?{}", self.path, tag.trim_matches('"'))
    }

    pub(super) fn answer(self, visit: &Visit<'_>) -> Answer {
        let tag = self.tag();
        let answer = answer::asset(self.media_type, self.text, tag.to_header().ok());
        if KnownTags::of(visit.headers).include(&tag) { answer::not_modified(answer) } else { answer }
    }
}
