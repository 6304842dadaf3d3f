//! What one source says about one setting, as text, before it is read.

use zeroize::Zeroizing;

use super::{Kind, Origin, Setting};

/// What one source says about one setting.
pub(super) struct Given {
    pub(super) setting: &'static Setting,
    pub(super) origin: Origin,
    /// One text; of a list, one for each element, which in a file may stand on a line of its own.
    pub(super) texts: Vec<Text>,
}

/// A text, wiped after use because it may be a secret, and where it stands.
pub(super) type Text = (Zeroizing<String>, Origin);

impl Given {
    /// From a source that writes every value as one text: a list's elements are separated by commas.
    pub(super) fn from_text(setting: &'static Setting, text: &str, origin: Origin) -> Self {
        let owned = |text: &str| (Zeroizing::new(text.to_owned()), origin.clone());
        let texts = if setting.kind == Kind::List {
            text.split(',').map(str::trim).filter(|element| !element.is_empty()).map(owned).collect()
        } else {
            vec![owned(text)]
        };
        Self { setting, origin, texts }
    }
}
