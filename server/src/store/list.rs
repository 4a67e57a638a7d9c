//! Lists as one bound value. PostgreSQL takes an array (`= ANY($1)`, `UNNEST`),
//! SQLite a JSON text (`json_each($1)`): the same list, in the words of each.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

/// A list of ids; in JSON, hexadecimal (`unhex(value)`).
#[derive(Clone, Debug, Default)]
pub(crate) struct UuidList(Vec<Uuid>);

impl UuidList {
    pub(crate) fn of(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl Type<Postgres> for UuidList {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <Vec<Uuid> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for UuidList {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <Vec<Uuid> as Encode<'_, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl Type<Sqlite> for UuidList {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for UuidList {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        let mut json = String::with_capacity(2 + 35 * self.0.len());
        json.push('[');
        for (n, id) in self.0.iter().enumerate() {
            json.push_str(if n == 0 { "\"" } else { ",\"" });
            json.push_str(id.simple().encode_lower(&mut [0; 32]));
            json.push('"');
        }
        json.push(']');
        <String as Encode<'_, Sqlite>>::encode(json, buffer)
    }
}
