//! Who takes part in communication, and the raw ids that stand for them everywhere.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

const PHONE_NUMBER: &str = "4:";
const ANONYMOUS_PHONE: &str = "anonymous";
const TEAMS_VISITOR: &str = "8:teamsvisitor:";

/// A participant, known by kind from its raw id.
///
/// Every text is the raw id of something, so reading cannot fail and [`raw_id`](Self::raw_id) gives the text back. The table of
/// prefixes is that of the official libraries.
///
/// ```
/// use callsign_client::CommunicationIdentifier;
///
/// let identifier = CommunicationIdentifier::from_raw_id("4:+14255550123");
/// let CommunicationIdentifier::PhoneNumber(phone) = &identifier else { panic!("{identifier:?}") };
/// assert_eq!(phone.phone_number(), "+14255550123");
/// assert_eq!(identifier.raw_id(), "4:+14255550123");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommunicationIdentifier {
    /// `8:acs:…`, `8:spool:…`, `8:dod-acs:…`, `8:gcch-acs:…`
    CommunicationUser(CommunicationUserIdentifier),
    /// `4:…`
    PhoneNumber(PhoneNumberIdentifier),
    /// `8:orgid:…`, `8:dod:…`, `8:gcch:…`, `8:teamsvisitor:…`
    MicrosoftTeamsUser(MicrosoftTeamsUserIdentifier),
    /// `28:orgid:…`, `28:dod:…`, `28:gcch:…`
    MicrosoftTeamsApp(MicrosoftTeamsAppIdentifier),
    /// `8:acs:<resource>_<tenant>_<user>`, and the same in the other clouds
    TeamsExtensionUser(TeamsExtensionUserIdentifier),
    /// Anything else: the raw id itself.
    Unknown(String),
}

impl CommunicationIdentifier {
    /// Reads a raw id.
    #[must_use]
    pub fn from_raw_id(raw_id: &str) -> Self {
        if let Some(number) = raw_id.strip_prefix(PHONE_NUMBER) {
            return Self::PhoneNumber(PhoneNumberIdentifier::new(number));
        }
        let unknown = || Self::Unknown(raw_id.to_owned());
        let mut parts = raw_id.split(':');
        let (Some(kind), Some(family), Some(id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return unknown();
        };
        let user = || Self::CommunicationUser(CommunicationUserIdentifier::new(raw_id));
        let teams_user = |cloud| Self::MicrosoftTeamsUser(MicrosoftTeamsUserIdentifier::new(id, cloud));
        let teams_app = |cloud| Self::MicrosoftTeamsApp(MicrosoftTeamsAppIdentifier::new(id, cloud));
        let acs_user =
            |cloud| TeamsExtensionUserIdentifier::read(id, cloud).map_or_else(user, Self::TeamsExtensionUser);
        match (kind, family) {
            ("8", "spool") => user(),
            ("8", "acs") => acs_user(CloudEnvironment::Public),
            ("8", "dod-acs") => acs_user(CloudEnvironment::Dod),
            ("8", "gcch-acs") => acs_user(CloudEnvironment::Gcch),
            ("8", "orgid") => teams_user(CloudEnvironment::Public),
            ("8", "dod") => teams_user(CloudEnvironment::Dod),
            ("8", "gcch") => teams_user(CloudEnvironment::Gcch),
            ("8", "teamsvisitor") => Self::MicrosoftTeamsUser(MicrosoftTeamsUserIdentifier::anonymous(id)),
            ("28", "orgid") => teams_app(CloudEnvironment::Public),
            ("28", "dod") => teams_app(CloudEnvironment::Dod),
            ("28", "gcch") => teams_app(CloudEnvironment::Gcch),
            _ => unknown(),
        }
    }

    /// The raw id, which names the participant in every cloud and service. Equal identifiers have equal raw ids.
    #[must_use]
    pub fn raw_id(&self) -> String {
        match self {
            Self::CommunicationUser(user) => user.id().to_owned(),
            Self::PhoneNumber(phone) => phone.raw_id(),
            Self::MicrosoftTeamsUser(user) => user.raw_id(),
            Self::MicrosoftTeamsApp(app) => app.raw_id(),
            Self::TeamsExtensionUser(user) => user.raw_id(),
            Self::Unknown(raw_id) => raw_id.clone(),
        }
    }
}

impl FromStr for CommunicationIdentifier {
    type Err = Infallible;

    fn from_str(raw_id: &str) -> Result<Self, Infallible> {
        Ok(Self::from_raw_id(raw_id))
    }
}

impl fmt::Display for CommunicationIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.raw_id())
    }
}

/// The cloud in which a participant is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CloudEnvironment {
    /// The public cloud.
    #[default]
    Public,
    /// The cloud of the United States Department of Defense.
    Dod,
    /// The cloud of the United States government, GCC High.
    Gcch,
}

impl CloudEnvironment {
    const fn teams_family(self) -> &'static str {
        match self {
            Self::Public => "orgid",
            Self::Dod => "dod",
            Self::Gcch => "gcch",
        }
    }

    const fn acs_family(self) -> &'static str {
        match self {
            Self::Public => "acs",
            Self::Dod => "dod-acs",
            Self::Gcch => "gcch-acs",
        }
    }
}

/// A user of an ACS resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommunicationUserIdentifier {
    id: String,
}

impl CommunicationUserIdentifier {
    /// The user with that id, as [`create_user`](crate::CommunicationIdentityClient::create_user) answered it once. It is
    /// the service that judges it.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }

    /// The id: `8:acs:<resource>_<guid>`. It is the raw id as well.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for CommunicationUserIdentifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.id)
    }
}

impl From<CommunicationUserIdentifier> for CommunicationIdentifier {
    fn from(user: CommunicationUserIdentifier) -> Self {
        Self::CommunicationUser(user)
    }
}

/// A telephone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumberIdentifier {
    phone_number: String,
}

impl PhoneNumberIdentifier {
    /// A number in E.164 form, `+14255550123`.
    pub fn new(phone_number: impl Into<String>) -> Self {
        Self { phone_number: phone_number.into() }
    }

    /// The number, with its asserted id if it has one; `anonymous` for a caller who withholds it.
    #[must_use]
    pub fn phone_number(&self) -> &str {
        &self.phone_number
    }

    /// Whether the caller withholds the number.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.phone_number == ANONYMOUS_PHONE
    }

    /// What stands behind the last underscore: it tells calls of one number apart.
    #[must_use]
    pub fn asserted_id(&self) -> Option<&str> {
        let (_, id) = self.phone_number.rsplit_once('_')?;
        (!id.is_empty() && !self.is_anonymous()).then_some(id)
    }

    /// `4:<number>`
    #[must_use]
    pub fn raw_id(&self) -> String {
        format!("{PHONE_NUMBER}{}", self.phone_number)
    }
}

/// A user of Microsoft Teams, or someone who visits a meeting without a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MicrosoftTeamsUserIdentifier {
    user_id: String,
    is_anonymous: bool,
    cloud: CloudEnvironment,
}

impl MicrosoftTeamsUserIdentifier {
    /// The user with that Entra object id.
    pub fn new(user_id: impl Into<String>, cloud: CloudEnvironment) -> Self {
        Self { user_id: user_id.into(), is_anonymous: false, cloud }
    }

    /// A visitor.
    pub fn anonymous(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), is_anonymous: true, cloud: CloudEnvironment::Public }
    }

    /// The Entra object id, or the visitor's id.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Whether it is a visitor.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// The user's cloud.
    #[must_use]
    pub const fn cloud(&self) -> CloudEnvironment {
        self.cloud
    }

    /// `8:orgid:<id>`, `8:dod:<id>`, `8:gcch:<id>` or `8:teamsvisitor:<id>`
    #[must_use]
    pub fn raw_id(&self) -> String {
        if self.is_anonymous {
            return format!("{TEAMS_VISITOR}{}", self.user_id);
        }
        format!("8:{}:{}", self.cloud.teams_family(), self.user_id)
    }
}

/// An application of Microsoft Teams: a bot, a call queue, an auto attendant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MicrosoftTeamsAppIdentifier {
    app_id: String,
    cloud: CloudEnvironment,
}

impl MicrosoftTeamsAppIdentifier {
    /// The application with that id.
    pub fn new(app_id: impl Into<String>, cloud: CloudEnvironment) -> Self {
        Self { app_id: app_id.into(), cloud }
    }

    /// The application's id.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The application's cloud.
    #[must_use]
    pub const fn cloud(&self) -> CloudEnvironment {
        self.cloud
    }

    /// `28:orgid:<id>`, `28:dod:<id>` or `28:gcch:<id>`
    #[must_use]
    pub fn raw_id(&self) -> String {
        format!("28:{}:{}", self.cloud.teams_family(), self.app_id)
    }
}

/// A user of Teams Phone whom an ACS resource extends.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TeamsExtensionUserIdentifier {
    resource_id: String,
    tenant_id: String,
    user_id: String,
    cloud: CloudEnvironment,
}

impl TeamsExtensionUserIdentifier {
    /// Reads what stands behind the prefix: three parts, parted by `_`.
    fn read(id: &str, cloud: CloudEnvironment) -> Option<Self> {
        let mut parts = id.split('_');
        let (resource_id, tenant_id, user_id) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then(|| Self {
            resource_id: resource_id.to_owned(),
            tenant_id: tenant_id.to_owned(),
            user_id: user_id.to_owned(),
            cloud,
        })
    }

    /// The user of a tenant in a resource; `None` when a part holds `_` or `:`, which part them in the raw id.
    #[must_use]
    pub fn new(resource_id: &str, tenant_id: &str, user_id: &str, cloud: CloudEnvironment) -> Option<Self> {
        let parts = [resource_id, tenant_id, user_id];
        if parts.iter().any(|part| part.contains(['_', ':'])) {
            return None;
        }
        let [resource_id, tenant_id, user_id] = parts.map(str::to_owned);
        Some(Self { resource_id, tenant_id, user_id, cloud })
    }

    /// The ACS resource's guid.
    #[must_use]
    pub fn resource_id(&self) -> &str {
        &self.resource_id
    }

    /// The Entra tenant.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// The Entra object id of the user.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The user's cloud.
    #[must_use]
    pub const fn cloud(&self) -> CloudEnvironment {
        self.cloud
    }

    /// `8:acs:<resource>_<tenant>_<user>`, or with `dod-acs` or `gcch-acs`
    #[must_use]
    pub fn raw_id(&self) -> String {
        let Self { resource_id, tenant_id, user_id, cloud } = self;
        format!("8:{}:{resource_id}_{tenant_id}_{user_id}", cloud.acs_family())
    }
}
