//! What a browser sends: the fields of a query or of a posted form.

use http::header::CONTENT_TYPE;

use super::answer::{Fault, Problem};
use crate::http::site::Visit;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";
/// Most fields that are looked at. No form of ours has more than a dozen.
const FIELDS_MAX: usize = 64;

/// Fields in their order; one that may be chosen several times stands there several times. A body and a query are bounded before.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The fields of the query.
    pub(super) fn asked(visit: &Visit<'_>) -> Self {
        Self::read(visit.query.as_bytes())
    }

    /// The fields of the form in the body.
    pub(super) fn posted(visit: &Visit<'_>) -> Result<Self, Problem> {
        let media_type = visit.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !essence.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
            return Err(Problem::new(
                Fault::Input,
                "That is no form",
                "The portal reads forms as browsers send them. Go back and use the page's own button.",
            ));
        }
        Ok(Self::read(visit.body))
    }

    fn read(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text).take(FIELDS_MAX);
        Self(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The field's text without blanks around it; an empty one is none. Of several the first counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(other, _)| other == name)?;
        Some(value.trim()).filter(|text| !text.is_empty())
    }

    /// Every text of that field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A path with a query of those fields; an empty one is left out.
pub(super) fn link(path: &str, fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
    match query.finish().as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_the_first_of_several_counts() {
        let form = Form::read(b"a=x%20y+z&b=&c=1&c=2&a=9&d=%20%20");
        assert_eq!(form.get("a"), Some("x y z"));
        assert_eq!((form.get("b"), form.get("d"), form.get("e")), (None, None, None));
        assert_eq!(form.all("c").collect::<Vec<_>>(), ["1", "2"]);
        let many = "a=1&".repeat(10_000);
        assert_eq!(Form::read(many.as_bytes()).all("a").count(), FIELDS_MAX);
    }

    #[test]
    fn a_link_escapes_what_is_in_it() {
        assert_eq!(link("/portal", &[("resource", "")]), "/portal");
        assert_eq!(
            link("/portal", &[("a", "8:acs:x&y"), ("b", "\"<")]),
            "/portal?a=8%3Aacs%3Ax%26y&b=%22%3C"
        );
    }
}
