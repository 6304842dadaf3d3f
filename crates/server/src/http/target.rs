//! Request targets: the resource name that may lead them, and the one canonical path that is routed.

use crate::connector;

/// A target split into what names the resource and what is routed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The resource's name, when the path begins with one.
    pub(crate) prefix: Option<String>,
    /// Whether it goes by the paths of the connector.
    pub(crate) through_connector: bool,
    /// The path without that name and those of the connector, its id segment's colons decoded. Nothing else is decoded: a signature must not cover
    /// two routes (`wire-contract.md` §6.1, rule 5).
    pub(crate) path: String,
}

impl Target {
    /// Splits a raw path. `is_resource` tells whether a first segment is the name of one; no word of the route table is.
    pub(crate) fn new(path: &str, serves_connector: bool, is_resource: impl Fn(&str) -> bool) -> Self {
        let first = path.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(first, _)| first);
        let prefix = first.filter(|name| is_resource(name));
        let path = prefix.and_then(|name| path.strip_prefix('/')?.strip_prefix(name)).unwrap_or(path);
        let through = serves_connector.then(|| connector::routed(path)).flatten();
        Self {
            prefix: prefix.map(str::to_owned),
            through_connector: through.is_some(),
            path: canonical(through.unwrap_or(path)),
        }
    }
}

/// Official clients send the id both as `8:acs:…` and as `8%3Aacs%3A…`.
fn canonical(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/identities/").filter(|rest| rest.contains("%3")) else {
        return path.to_owned();
    };
    let (id, after) = rest.split_once('/').map_or((rest, None), |(id, after)| (id, Some(after)));
    let id = id.replace("%3A", ":").replace("%3a", ":");
    match after {
        Some(after) => format!("/identities/{id}/{after}"),
        None => format!("/identities/{id}"),
    }
}

/// The id segment of a canonical path, as it is: the router's own parameters are percent-decoded, and refused in plain
/// text where that gives no UTF-8.
pub(crate) fn identity_segment(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/identities/")?;
    Some(rest.split_once('/').map_or(rest, |(id, _)| id))
}

/// Tenant, if there is one, and object of the path of an assignment.
pub(crate) fn assignment_segments(path: &str) -> Option<(Option<&str>, &str)> {
    if let Some(object) = path.strip_prefix("/access/entra/assignments/") {
        return Some((None, object));
    }
    let rest = path.strip_prefix("/access/teamsExtension/tenants/")?;
    let (tenant, object) = rest.split_once("/assignments/")?;
    Some((Some(tenant), object))
}

/// The value of a query parameter, when it is there exactly once. Names are read in any case, as ASP.NET reads them.
pub(crate) fn single_parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value);
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_resource_is_taken_from_the_path() {
        let is_resource = |name: &str| name == "dev";
        for (path, prefix, routed) in [
            ("/identities", None, "/identities"),
            ("/dev/identities", Some("dev"), "/identities"),
            ("/dev/dev/identities", Some("dev"), "/dev/identities"),
            ("/other/identities", None, "/other/identities"),
            ("/dev", None, "/dev"),
            (
                "/dev/identities/8%3Aacs%3ax/:issueAccessToken",
                Some("dev"),
                "/identities/8:acs:x/:issueAccessToken",
            ),
        ] {
            let target = Target::new(path, false, is_resource);
            assert_eq!((target.prefix.as_deref(), target.path.as_str()), (prefix, routed));
        }
    }

    #[test]
    fn the_connectors_paths_are_told_from_others_while_it_is_served() {
        let of = |path: &str, served| {
            let target = Target::new(path, served, |name| name == "blue");
            (target.prefix, target.through_connector, target.path)
        };
        let expected =
            |prefix: Option<&str>, through, path: &str| (prefix.map(str::to_owned), through, path.to_owned());
        let issue = "/identities/8%3Aacs%3ax/:issueAccessToken";
        let issued = "/identities/8:acs:x/:issueAccessToken";
        assert_eq!(of(&format!("/connector{issue}"), true), expected(None, true, issued));
        assert_eq!(of(&format!("/blue/connector{issue}"), true), expected(Some("blue"), true, issued));
        assert_eq!(of(issue, true), expected(None, false, issued));
        assert_eq!(of("/connector/icon.png", true), expected(None, false, "/connector/icon.png"));
        let off = format!("/connector{issue}");
        assert_eq!(of(&off, false), expected(None, false, &off));
    }

    #[test]
    fn nothing_but_the_colons_of_the_id_is_decoded() {
        for path in [
            "/identities/a%2F:revokeAccessTokens",
            "/identities/a%3Fb/x",
            "/identities/a/%3AissueAccessToken",
            "/identities%2Fa",
        ] {
            assert_eq!(Target::new(path, false, |_| false).path, path);
        }
    }

    #[test]
    fn a_repeated_parameter_is_no_parameter() {
        assert_eq!(single_parameter("a=1&api-version=2", "api-version"), Some("2"));
        assert_eq!(single_parameter("api-version=1&api-version=2", "api-version"), None);
        assert_eq!(single_parameter("api-version=1&API-Version=1", "api-version"), None);
        assert_eq!(single_parameter("api-version", "api-version"), None);
    }
}
