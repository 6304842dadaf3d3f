//! Feeds over the model of a store, with time that passes by itself when nothing else is to be done.

mod house;
mod long_poll;
mod snapshot;
mod stream;
