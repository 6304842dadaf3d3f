//! Every route in every version against the published API description of that version, and the reverse.

mod description;
mod not_built;
mod schema;

use callsign_protocol::version::ApiVersion;
use callsign_server::http::{RouteDescription, routes};
use serde_json::{Map, Value, json};

use crate::harness::House;
use crate::provider::{APPLICATION, Provider, TENANT, USER};
use crate::reference;
use crate::request::Reply;
use description::{Descriptions, Operation};
use not_built::{NOT_BUILT_YET, VERSIONS_NOT_SERVED};
use schema::Schema;

#[test]
fn every_route_is_as_its_version_is_described() {
    let folder = match reference::folder() {
        Ok(folder) => folder,
        Err(why) => return println!("published_api_description, routes: {why}"),
    };
    let descriptions = Descriptions::read(&folder);
    let provider = Provider::new();
    let house = provider.house("contributor");
    let (mut problems, mut requests) = (Vec::new(), 0);
    let routes = routes();
    for route in &routes {
        let operations = descriptions.operations(route.version.as_str());
        let is_route =
            |operation: &&Operation<'_>| operation.method == route.method && operation.path == route.path;
        match operations.iter().find(is_route) {
            Some(operation) => {
                let mut check = Check {
                    provider: &provider,
                    house: &house,
                    operation,
                    operations: &operations,
                    problems: Vec::new(),
                    requests: 0,
                };
                check.route(route);
                requests += check.requests;
                problems.extend(check.problems);
            }
            None => problems.push(format!("{route:?} is served and not described")),
        }
    }
    println!("{} routes checked against their descriptions with {requests} requests", routes.len());
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_described_operation_is_served_or_named_as_not_built() {
    let folder = match reference::folder() {
        Ok(folder) => folder,
        Err(why) => return println!("published_api_description, operations: {why}"),
    };
    let descriptions = Descriptions::read(&folder);
    let house = quiet_house();
    let mut problems = version_problems(&descriptions, &house);
    let routes = routes();
    let (mut served, mut not_built) = (0, Vec::new());
    for version in ApiVersion::ALL {
        for operation in descriptions.operations(version.as_str()) {
            let is_served = routes.iter().any(|route| {
                route.version == version && route.method == operation.method && route.path == operation.path
            });
            match (is_served, is_named(&operation)) {
                (true, false) => served += 1,
                (false, true) => {
                    problems.extend(unknown_route_problem(&house, &operation));
                    not_built.push(operation.to_string());
                }
                (true, true) => {
                    problems.push(format!("{operation} is served now: take it out of NOT_BUILT_YET"))
                }
                (false, false) => {
                    problems.push(format!("{operation} is neither served nor named in NOT_BUILT_YET"))
                }
            }
        }
    }
    problems.extend(undescribed_entries(&descriptions));
    println!(
        "{served} described operations are served, {} are not built yet:\n  {}",
        not_built.len(),
        not_built.join("\n  ")
    );
    println!("described versions that are not served:");
    VERSIONS_NOT_SERVED.iter().for_each(|(version, why)| println!("  {version}: {why}"));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

fn quiet_house() -> House {
    House::with(|config| config.log.level = "warn".to_owned())
}

fn is_named(operation: &Operation<'_>) -> bool {
    NOT_BUILT_YET.iter().any(|(method, path, versions)| {
        *method == operation.method && *path == operation.path && versions.contains(&operation.version)
    })
}

fn undescribed_entries(descriptions: &Descriptions) -> Vec<String> {
    let entries = NOT_BUILT_YET
        .iter()
        .flat_map(|(method, path, versions)| versions.iter().map(move |version| (method, path, version)));
    let is_described = |(method, path, version): &(&&str, &&str, &&str)| {
        descriptions
            .operations(version)
            .iter()
            .any(|operation| operation.method == **method && operation.path == **path)
    };
    entries
        .filter(|entry| !is_described(entry))
        .map(|(method, path, version)| {
            format!("NOT_BUILT_YET names {method} {path} in {version}, which nobody describes")
        })
        .collect()
}

/// What is not built answers like any path or method that is not there.
fn unknown_route_problem(house: &House, operation: &Operation<'_>) -> Option<String> {
    let target = format!("{}?api-version={}", operation.path.replace(['{', '}'], ""), operation.version);
    let (status, code) = house.send(&operation.method, &target, "{}").code();
    let is_right = (status, code.as_str()) == (404, "NotFound");
    (!is_right).then(|| format!("{operation} is not built, but answers {status} {code}"))
}

/// Every described version is served or named, and what is named is refused on every path.
fn version_problems(descriptions: &Descriptions, house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    let described = descriptions.versions();
    let served: Vec<_> = ApiVersion::ALL.iter().map(|version| version.as_str()).collect();
    let is_named = |version: &str| VERSIONS_NOT_SERVED.iter().any(|(other, _)| *other == version);
    for version in &described {
        if served.contains(version) == is_named(version) {
            problems.push(format!(
                "{version} is described and must be either served or named in VERSIONS_NOT_SERVED"
            ));
        }
    }
    let undescribed = served.iter().filter(|version| !described.contains(version));
    problems.extend(undescribed.map(|version| format!("{version} is served and not described")));
    for (version, _) in VERSIONS_NOT_SERVED {
        if !described.contains(&version) {
            problems.push(format!("VERSIONS_NOT_SERVED names {version}, which nobody describes"));
        }
        let (status, code) = house.send("POST", &format!("/identities?api-version={version}"), "").code();
        if (status, code.as_str()) != (400, "UnsupportedApiVersion") {
            problems.push(format!("{version} is not served, but answers {status} {code}"));
        }
    }
    problems
}

/// The requests that show whether one route keeps to its description.
struct Check<'a> {
    provider: &'a Provider,
    house: &'a House,
    operation: &'a Operation<'a>,
    /// All of its version.
    operations: &'a [Operation<'a>],
    problems: Vec<String>,
    requests: usize,
}

impl Check<'_> {
    fn route(&mut self, route: &RouteDescription) {
        let operation = self.operation;
        let successes = operation.successes();
        if !successes.contains_key(&route.success) {
            let described: Vec<_> = successes.keys().collect();
            self.problem(&format!("succeeds with {}, described are {described:?}", route.success));
            return;
        }
        let schema = successes[&route.success];
        let body = operation.body();
        let smallest = body.map(|body| body.smallest_sample());
        self.success(route.success, smallest);
        if let (Some(reply), Some(schema)) =
            (self.success(route.success, body.map(|body| body.largest_sample())), schema)
        {
            let unused = self.unused(schema, &reply);
            if !unused.is_empty() {
                self.problem(&format!(
                    "a request with every member is answered without {}",
                    unused.join(", ")
                ));
            }
        }
        if let Some(body) = body.filter(|body| !body.required().is_empty()) {
            self.refusal("without a body", None, &query(operation.version));
            for name in body.required() {
                let without = body.largest_sample().into_iter().filter(|(other, _)| other != name).collect();
                self.refusal(&format!("without the member {name}"), Some(without), &query(operation.version));
            }
        }
        for name in operation.required_in_query() {
            assert_eq!(name, "api-version", "{operation}: no test for this parameter");
            self.refusal("without api-version", body.map(|body| body.largest_sample()), "");
        }
    }

    /// A request that must succeed, and whose body must be as described; answers that body.
    fn success(&mut self, status: u16, sample: Option<Map<String, Value>>) -> Option<Value> {
        let reply = self.send(sample, &query(self.operation.version));
        if reply.status != status {
            self.problem(&format!("answers {} {}", reply.status, reply.text()));
            return None;
        }
        let Some(schema) = self.operation.successes()[&status] else {
            if !reply.body.is_empty() {
                self.problem(&format!("has the body {}, none is described", reply.text()));
            }
            return None;
        };
        let body = reply.json();
        let violations = schema.violations(&body, "body");
        violations.iter().for_each(|violation| self.problem(violation));
        Some(body)
    }

    /// A request that must be refused with 400 and an error as described.
    fn refusal(&mut self, what: &str, sample: Option<Map<String, Value>>, query: &str) {
        let reply = self.send(sample, query);
        if reply.status != 400 {
            self.problem(&format!("{what} answers {} {}", reply.status, reply.text()));
            return;
        }
        if let Some(schema) = self.operation.error() {
            let violations = schema.violations(&reply.json(), "error body");
            violations.iter().for_each(|violation| self.problem(&format!("{what}: {violation}")));
        }
    }

    /// Members that are described and not answered. A list names its next page only where there is one, and the published
    /// example of an exchange has the id alone of an identity.
    fn unused(&self, schema: Schema<'_>, reply: &Value) -> Vec<String> {
        let is_exchange = self.operation.path.starts_with("/access/");
        let excused =
            |name: &String| name == "body.nextLink" || (is_exchange && name.starts_with("body.identity."));
        schema.unused_members(reply, "body").into_iter().filter(|name| !excused(name)).collect()
    }

    fn send(&mut self, sample: Option<Map<String, Value>>, query: &str) -> Reply {
        self.requests += 1;
        let (method, described) = (&self.operation.method, self.operation.path);
        let mut path = described.to_owned();
        if path.contains("{id}") {
            path = path.replace("{id}", &self.identity());
        }
        if path.contains("{objectId}") {
            path = self.assignment(&path);
        }
        let body =
            sample.map(|members| Value::Object(self.with_token(members)).to_string()).unwrap_or_default();
        let target = format!("{path}{query}");
        match self.own_token() {
            Some(token) => self.house.send_bearing(&token, method, &target, &body),
            None => self.house.send(method, &target, &body),
        }
    }

    /// What a Teams user's application has, where a token is asked for.
    fn with_token(&self, mut members: Map<String, Value>) -> Map<String, Value> {
        let known = [
            ("token", self.provider.teams_token(&Value::Null)),
            ("appId", APPLICATION.to_owned()),
            ("userId", USER.to_owned()),
        ];
        for (name, value) in known {
            if let Some(member) = members.get_mut(name) {
                *member = value.into();
            }
        }
        members
    }

    /// The token of a user who may exchange it here.
    fn own_token(&self) -> Option<String> {
        let assigned = |path: &str, body: Value| self.house.send("PUT", path, &body.to_string());
        let version = self.operation.version;
        match self.operation.path {
            "/access/entra/:exchangeAccessToken" => {
                let body = json!({ "tenantId": TENANT, "principalType": "user", "clientIds": [APPLICATION] });
                assigned(&format!("/access/entra/assignments/{USER}?api-version={version}"), body);
                Some(self.provider.clients_token("Chat", &Value::Null))
            }
            "/access/teamsExtension/:exchangeAccessToken" => {
                let path = format!("/access/teamsExtension/tenants/{TENANT}/assignments/{USER}");
                assigned(&format!("{path}?api-version={version}"), json!({ "principalType": "user" }));
                Some(self.provider.extension_token(&Value::Null))
            }
            _ => None,
        }
    }

    /// The path of an assignment that is there with every member, or is not yet where it is to be put.
    fn assignment(&self, path: &str) -> String {
        // The guid of a new identity is one that no assignment has yet.
        let fresh = self.house.create();
        let object = fresh.rsplit('_').next().expect("a guid");
        let path = path.replace("{tenantId}", TENANT).replace("{objectId}", object);
        if self.operation.method != "PUT" {
            let put = self
                .operations
                .iter()
                .find(|other| other.method == "PUT" && other.path == self.operation.path);
            let body = put.expect("put").body().expect("a body").largest_sample();
            let target = format!("{path}{}", query(self.operation.version));
            self.house.send("PUT", &target, &Value::Object(body).to_string());
        }
        path
    }

    /// A new identity, created in the same version with every member that its description knows.
    fn identity(&self) -> String {
        let create = self
            .operations
            .iter()
            .find(|other| other.method == "POST" && other.path == "/identities")
            .expect("create");
        let body =
            create.body().map(|body| Value::Object(body.largest_sample()).to_string()).unwrap_or_default();
        let reply = self.house.send("POST", &format!("/identities{}", query(create.version)), &body).json();
        let id = reply.get("identity").unwrap_or(&reply)["id"].as_str();
        id.unwrap_or_else(|| panic!("create in {} answers {reply}", create.version)).to_owned()
    }

    fn problem(&mut self, text: &str) {
        self.problems.push(format!("{}: {text}", self.operation));
    }
}

fn query(version: &str) -> String {
    format!("?api-version={version}")
}
