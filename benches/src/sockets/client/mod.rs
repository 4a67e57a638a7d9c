//! The clients that make the load.

mod account;
mod counted;
mod driver;
mod http;

pub use account::Device;
pub use counted::Traffic;
pub use driver::{Driver, all_accepted};
pub use http::counter;
