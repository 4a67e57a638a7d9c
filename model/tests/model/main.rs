//! What the model promises, held against tables written down independently.

mod clusters;
mod govern;
mod order;
mod policy;
mod schema;
mod summary;
