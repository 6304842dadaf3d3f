//! The built binary as its users meet it: what it prints, what it refuses, and how it ends.

#![cfg(test)]

mod administration;
mod audit;
mod backup;
mod bad_input;
mod binary;
mod bulk;
mod completion;
mod configuration;
mod connector;
mod database;
mod directory;
mod doctor;
mod entra;
mod environment;
mod help;
mod identity;
mod identity_forms;
mod logs;
mod on_the_way;
mod portal;
mod profile;
mod revoke_all;
mod scripted;
mod server;
mod signing_keys;
