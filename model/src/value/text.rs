//! How values that have a text form of their own go into JSON.

/// Writes a type by its `Display` and reads it by its `parse`.
macro_rules! json_by_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(in crate::value) use json_by_text;

/// Whether a person could have typed this: no NUL and no control character but
/// newline and tab.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(|char| char.is_control() && char != '\n' && char != '\t')
}
