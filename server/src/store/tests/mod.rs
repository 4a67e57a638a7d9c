//! The store over real databases of both engines.

mod cancelled;
mod factors;
mod pages;
mod schema;
mod sessions;
