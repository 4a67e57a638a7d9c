//! The store over real databases of both engines.

mod pages;
mod schema;
