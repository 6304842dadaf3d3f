//! Where the recordings, vectors and published API descriptions lie: beside the project, if they are there at all.

use std::path::{Path, PathBuf};

/// The folder, or one sentence why the suite that asks for it is not run.
pub fn folder() -> Result<PathBuf, String> {
    let workspace =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    let beside = workspace.and_then(Path::parent).map(|parent| parent.join("shared").join("reference"));
    beside
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| "not run: the folder shared/reference is not beside the project".to_owned())
}

/// A file in it.
pub fn text(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
