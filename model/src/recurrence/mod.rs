//! When a rule repeats, and which instant a local time is.
