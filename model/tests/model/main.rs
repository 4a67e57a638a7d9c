//! What the model promises, held against tables written down independently.

#[cfg(test)]
mod clusters;
#[cfg(test)]
mod export;
#[cfg(test)]
mod field_values;
#[cfg(test)]
mod gate_rules;
#[cfg(test)]
mod govern;
#[cfg(test)]
mod local_times;
#[cfg(test)]
mod order;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod summary;
