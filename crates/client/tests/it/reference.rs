//! Where the recordings and the published descriptions of the service lie: beside the project, if they are there at all.

use std::path::Path;

/// A file of them, or one sentence why what asks for it is not run.
pub fn text(name: &str) -> Result<String, String> {
    let workspace =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    let beside = workspace.and_then(Path::parent).map(|parent| parent.join("shared/reference").join(name));
    let path = beside
        .filter(|path| path.is_file())
        .ok_or("not run: shared/reference with the recordings and descriptions is not beside the project")?;
    std::fs::read_to_string(&path).map_err(|error| format!("not run: {}: {error}", path.display()))
}
