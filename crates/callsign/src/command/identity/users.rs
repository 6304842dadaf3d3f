//! Whose turn it is: ids from the arguments, a file or stdin, each once.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::args::bulk::{Bulk, Users};
use crate::command::bulk::id_of;

/// The ids, in the order in which they were given.
pub(super) fn ids(users: &Users, bulk: &Bulk) -> anyhow::Result<Vec<String>> {
    let mut ids = users.user.clone();
    if let Some(path) = &users.users {
        // Each id in it would be taken for one that is done.
        if bulk.out.as_deref().is_some_and(|out| is_same_file(path, out)) {
            bail!(
                "{} holds the ids, so that results cannot be kept in it; name another file with --out",
                path.display()
            );
        }
        let mut text = String::new();
        let read = if path.as_os_str() == "-" {
            std::io::stdin().read_to_string(&mut text).map(|_| ())
        } else {
            std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text).map(|_| ()))
        };
        read.with_context(|| format!("the ids in {} cannot be read", path.display()))?;
        ids.extend(text.lines().filter_map(id_of));
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// The ids of a command that needs some.
pub(super) fn required(users: &Users, bulk: &Bulk) -> anyhow::Result<Vec<String>> {
    let ids = ids(users, bulk)?;
    if ids.is_empty() && users.users.is_none() {
        // In the words of `az`.
        return Err(crate::exit::Fault::usage("the following arguments are required: --user").into());
    }
    Ok(ids)
}

/// Whether what comes of them is a list. It is for a file, even of one line: how a result looks must not hang on how many
/// there happen to be.
pub(super) const fn is_bulk(users: &Users, ids: &[String], bulk: &Bulk) -> bool {
    users.users.is_some() || bulk.out.is_some() || ids.len() != 1
}

/// How a question names them.
pub(super) fn named(ids: &[String]) -> String {
    match ids {
        [one] => format!("The identity {}", crate::printer::visible(one)),
        many => format!("{} identities", many.len()),
    }
}
