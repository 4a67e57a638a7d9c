//! REST: routes, bodies, problems, and what stands before them.

mod account;
mod address;
mod admin;
mod auth;
mod body;
mod devices;
mod factors;
mod health;
mod id;
mod journal;
mod layers;
mod listener;
mod members;
mod metrics;
mod openapi;
mod page;
mod problem;
mod query;
mod routes;
mod spaces;
mod stream;
mod throttle;
mod trail;
mod welcome;

pub use address::{ClientAddress, Peer};
pub use body::Body;
pub(crate) use layers::wrap;
pub(crate) use listener::Listener;
pub(crate) use metrics::Metrics;
pub use openapi::openapi;
pub use problem::{Problem, ProblemCode};
pub(crate) use routes::router;
pub use routes::{Access, ROUTES, Route};
pub use throttle::Throttle;
