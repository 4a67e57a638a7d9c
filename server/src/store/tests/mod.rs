//! The store over real databases of both engines.

mod cancelled;
mod pages;
mod schema;
