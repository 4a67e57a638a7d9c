//! What the model promises, held against tables written down independently.

#[cfg(test)]
mod clusters;
#[cfg(test)]
mod export;
#[cfg(test)]
mod govern;
#[cfg(test)]
mod order;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod summary;
