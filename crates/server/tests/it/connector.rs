//! The connector for Power Platform: what it calls, what it is imported from, and whom a key in a header lets in.

mod access;
mod certified;
mod documents;
mod https;
mod workflow;
