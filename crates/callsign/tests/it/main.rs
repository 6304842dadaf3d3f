//! The built binary as its users meet it: what it prints, what it refuses, and how it ends.

#![cfg(test)]

mod administration;
mod bad_input;
mod binary;
mod configuration;
mod doctor;
mod environment;
mod help;
mod server;
