//! What is described and not served. Both lists may only shrink: an entry that is served, or that nobody describes, fails.

/// Operations that come later: verb, path, versions.
pub const NOT_BUILT_YET: [(&str, &str, &[&str]); 0] = [];

/// Versions that are described and not served, by choice, each with the reason.
pub const VERSIONS_NOT_SERVED: [(&str, &str); 4] = [
    (
        "2021-02-22-preview1",
        "a preview that the live service itself dropped in 2024; the same operations as 2021-03-07",
    ),
    ("2021-03-31-preview1", "a preview of 2021-10-31-preview with the same operations"),
    ("2023-08-01", "withdrawn; 2023-10-01 took its place without the Repeatability headers"),
    (
        "2025-04-01-preview",
        "its description is a plain copy of that of 2023-10-01, down to the version that it names",
    ),
];
