//! Lists as one bound value. PostgreSQL takes an array (`= ANY($1)`, `UNNEST`),
//! SQLite a JSON text (`json_each($1)`): the same list, in the words of each.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

/// A list of groups of `N` ids. PostgreSQL gets them flat, one after the other; in
/// SQLite's JSON each group is one string of `32 * N` hexadecimal digits.
#[derive(Clone, Debug)]
pub(crate) struct IdList<const N: usize>(Vec<[Uuid; N]>);

/// A list of ids.
pub(crate) type UuidList = IdList<1>;

/// A list of pairs of ids, such as a space and a document of it.
pub(crate) type PairList = IdList<2>;

impl<const N: usize> IdList<N> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl UuidList {
    pub(crate) fn of(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self(ids.into_iter().map(|id| [id]).collect())
    }
}

impl PairList {
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (Uuid, Uuid)>) -> Self {
        Self(pairs.into_iter().map(|(a, b)| [a, b]).collect())
    }
}

impl<const N: usize> Type<Postgres> for IdList<N> {
    fn type_info() -> <Postgres as Database>::TypeInfo {
        <Vec<Uuid> as Type<Postgres>>::type_info()
    }
}

impl<const N: usize> Encode<'_, Postgres> for IdList<N> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Postgres as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        <&[Uuid] as Encode<'_, Postgres>>::encode_by_ref(&self.0.as_flattened(), buffer)
    }
}

impl<const N: usize> Type<Sqlite> for IdList<N> {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<const N: usize> Encode<'_, Sqlite> for IdList<N> {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer,
    ) -> Result<IsNull, BoxDynError> {
        let mut json = String::with_capacity(2 + (32 * N + 3) * self.0.len());
        json.push('[');
        for (n, group) in self.0.iter().enumerate() {
            json.push_str(if n == 0 { "\"" } else { ",\"" });
            for id in group {
                json.push_str(id.simple().encode_lower(&mut [0; 32]));
            }
            json.push('"');
        }
        json.push(']');
        <String as Encode<'_, Sqlite>>::encode(json, buffer)
    }
}
