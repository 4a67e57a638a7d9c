use super::KindSpec;
use crate::Kind;

pub(super) static SPEC: KindSpec = KindSpec { kind: Kind::Event, homes: &[], fields: &[] };
