//! Lists and search.

use sqlx::SqliteConnection;

use super::codec::json;
use super::documents::RowColumns;
use crate::error::Result;
use crate::store::{DocRow, Query, Sort};

/// Every filter is a parameter that may be absent, so that the words stay the same.
macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT doc, space, kind, creator, privacy, born, seq, view,
                    (SELECT count(*) FROM pending WHERE pending.doc = documents.doc) AS pending
             FROM ",
            $from,
            "    (?1 IS NULL OR kind IN (SELECT value FROM json_each(?1)))
             AND (?2 IS NULL OR lower(hex(space)) IN (SELECT value FROM json_each(?2)))
             AND (?3 IS NULL OR done = ?3)
             AND (?4 IS NULL OR due < ?4)
             AND (?5 IS NULL OR due >= ?5)
             AND (?6 IS NULL OR (first < ?7 AND coalesce(last, ?6) >= ?6))
             AND (?8 IS NULL OR subject = ?8)
             AND (?9 IS NULL OR deleted = ?9)
             AND (?10 IS NULL OR uid = ?10)
             ORDER BY CASE ?11
                        WHEN 'due' THEN coalesce(due, 9223372036854775807)
                        WHEN 'start' THEN coalesce(starts, 9223372036854775807)
                        WHEN 'title' THEN lower(documents.title)
                        WHEN 'relevance' THEN score
                      END,
                      doc
             LIMIT ?12"
        )
    };
}

/// A match in the title counts ten times as much as one in the text.
const WITH_WORDS: &str = select!(
    "(SELECT rowid AS id, bm25(words, 10.0, 1.0) AS score FROM words WHERE words MATCH ?13)
     JOIN documents USING (id) WHERE"
);

const WITHOUT_WORDS: &str = select!("(SELECT 0 AS score), documents WHERE ?13 IS NULL AND");

pub(super) async fn list(connection: &mut SqliteConnection, query: &Query) -> Result<Vec<DocRow>> {
    let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.as_str()).collect();
    let spaces: Vec<String> = query.spaces.iter().map(|it| it.0.simple().to_string()).collect();
    let (from, until) = query.between.unzip();
    let sql = if query.words.is_empty() { WITHOUT_WORDS } else { WITH_WORDS };
    let rows: Vec<RowColumns> = sqlx::query_as(sql)
        .bind(if kinds.is_empty() { None } else { Some(json(&kinds)?) })
        .bind(if spaces.is_empty() { None } else { Some(json(&spaces)?) })
        .bind(query.done)
        .bind(query.due_before.map(|at| at.0))
        .bind(query.due_from.map(|at| at.0))
        .bind(from.map(|at| at.0))
        .bind(until.map(|at| at.0))
        .bind(query.subject.map(|doc| doc.as_bytes().to_vec()))
        .bind(query.deleted)
        .bind(query.uid.as_deref())
        .bind(query.sort.word())
        .bind(query.limit.map_or(-1, i64::from))
        .bind(matching(&query.words))
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(RowColumns::row).collect()
}

/// All these beginnings of words, as FTS5 wants them: quoted, so that nothing in
/// them is an operator.
fn matching(words: &[String]) -> Option<String> {
    let quoted: Vec<String> =
        words.iter().map(|word| format!("\"{}\"*", word.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

impl Sort {
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Due => "due",
            Self::Start => "start",
            Self::Title => "title",
            Self::Relevance => "relevance",
        }
    }
}
