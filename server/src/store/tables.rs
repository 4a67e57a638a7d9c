//! Every table and its columns, as a backup holds them: the same on both engines. A
//! test compares this list with the schema, so that no migration is forgotten here.

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    pub(super) select: &'static str,
    pub(super) insert_sqlite: &'static str,
    pub(super) insert_postgres: &'static str,
    pub(super) count: &'static str,
}

/// A column.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) holds: Holds,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Holds {
    Id,
    Bytes,
    Text,
    Number,
    Flag,
}

macro_rules! array {
    (Id) => {
        "::UUID[]"
    };
    (Bytes) => {
        "::BYTEA[]"
    };
    (Text) => {
        "::TEXT[]"
    };
    (Number) => {
        "::BIGINT[]"
    };
    (Flag) => {
        "::BOOLEAN[]"
    };
}

/// Each table with the order in which its rows are read. A column has its number,
/// since a literal can't count.
macro_rules! tables {
    ($($table:literal by $order:literal {
        $n0:literal $column0:ident $holds0:ident $(, $n:literal $column:ident $holds:ident)* $(,)?
    })+) => {
        /// Every table, in an order in which rows may be inserted.
        pub(crate) const TABLES: &[Table] = &[$(Table {
            name: $table,
            columns: &[
                Column { name: stringify!($column0), holds: Holds::$holds0 },
                $(Column { name: stringify!($column), holds: Holds::$holds }),*
            ],
            select: concat!(
                "SELECT ", stringify!($column0) $(, ", ", stringify!($column))*,
                " FROM ", $table, " ORDER BY ", $order
            ),
            insert_sqlite: concat!(
                "INSERT INTO ", $table, " (", stringify!($column0) $(, ", ", stringify!($column))*,
                ") VALUES ($", $n0 $(, ", $", $n)*, ")"
            ),
            insert_postgres: concat!(
                "INSERT INTO ", $table, " (", stringify!($column0) $(, ", ", stringify!($column))*,
                ") SELECT * FROM UNNEST($", $n0, array!($holds0) $(, ", $", $n, array!($holds))*, ")"
            ),
            count: concat!("SELECT COUNT(*) FROM ", $table),
        }),+];
    };
}

tables! {
    "meta" by "id" {
        1 id Number, 2 epoch Bytes, 3 receipt_key Bytes, 4 lookup_key Bytes, 5 created_at Number,
        6 restored_at Number,
    }
    "settings" by "name" { 1 name Text, 2 value Text, 3 changed_at Number }
    "users" by "id" {
        1 id Id, 2 name Text, 3 display_name Text, 4 password_hash Text, 5 is_admin Flag,
        6 created_at Number, 7 disabled_at Number, 8 deleted_at Number, 9 quota_spaces Number,
        10 quota_documents Number, 11 quota_bytes Number, 12 search Text, 13 passwordless Flag,
    }
    "invitations" by "id" {
        1 id Id, 2 token_hash Bytes, 3 note Text, 4 is_admin Flag, 5 uses_max Number, 6 uses Number,
        7 created_by Id, 8 created_at Number, 9 expires_at Number, 10 revoked_at Number,
    }
    "password_resets" by "user_id" {
        1 user_id Id, 2 token_hash Bytes, 3 created_at Number, 4 expires_at Number,
    }
    "devices" by "id" {
        1 id Id, 2 user_id Id, 3 name Text, 4 platform Text, 5 prefix Bytes, 6 created_at Number,
        7 seen_at Number, 8 revoked_at Number, 9 purge_at Number, 10 purged_at Number,
    }
    "sessions" by "id" {
        1 id Id, 2 token_hash Bytes, 3 user_id Id, 4 device_id Id, 5 kind Text, 6 created_at Number,
        7 seen_at Number, 8 fresh_at Number, 9 expires_at Number, 10 address Text, 11 agent Text,
    }
    "device_codes" by "id" {
        1 id Id, 2 device_hash Bytes, 3 user_hash Bytes, 4 device_id Id, 5 name Text,
        6 platform Text, 7 address Text, 8 created_at Number, 9 expires_at Number,
        10 pause Number, 11 polled_at Number, 12 ticket_hash Bytes, 13 ticket_user Id,
        14 ticket_until Number, 15 user_id Id, 16 decided_at Number,
    }
    "api_tokens" by "id" {
        1 id Id, 2 token_hash Bytes, 3 user_id Id, 4 name Text, 5 access Text, 6 kinds Text,
        7 created_at Number, 8 seen_at Number, 9 expires_at Number,
    }
    "app_passwords" by "id" {
        1 id Id, 2 secret_hash Bytes, 3 user_id Id, 4 name Text, 5 created_at Number,
        6 seen_at Number,
    }
    "totp" by "user_id" {
        1 user_id Id, 2 secret Bytes, 3 key_id Bytes, 4 last_step Number, 5 enrolled_at Number,
    }
    "recovery_codes" by "user_id, code_hash" {
        1 user_id Id, 2 code_hash Bytes, 3 created_at Number,
    }
    "passkeys" by "id" {
        1 id Id, 2 user_id Id, 3 credential_id Bytes, 4 name Text, 5 credential Text,
        6 counter Number, 7 created_at Number, 8 used_at Number, 9 suspect_at Number,
    }
    "ceremonies" by "token_hash" {
        1 token_hash Bytes, 2 kind Text, 3 user_id Id, 4 session_id Id, 5 state Bytes,
        6 attempts Number, 7 created_at Number, 8 expires_at Number,
    }
    "login_failures" by "key" {
        1 key Bytes, 2 failures Number, 3 failed_at Number, 4 locked_until Number,
    }
    "audit_log" by "id" {
        1 id Number, 2 at Number, 3 actor_id Id, 4 subject_id Id, 5 device_id Id, 6 action Text,
        7 outcome Text, 8 address Text, 9 detail Text,
    }
    "spaces" by "space" {
        1 space Id, 2 kind Text, 3 owner_id Id, 4 head Number, 5 documents Number, 6 recovering Flag,
        7 restored_head Number, 8 created_at Number, 9 deleted_at Number, 10 erased_at Number,
    }
    "members" by "space, user_id" { 1 space Id, 2 user_id Id, 3 role Text, 4 since_seq Number }
    "homes" by "doc" { 1 doc Id, 2 space Id }
    "documents" by "space, doc" {
        1 space Id, 2 doc Id, 3 kind Text, 4 creator_id Id, 5 privacy Text, 6 subject Id,
        7 created_seq Number, 8 created_at Number, 9 last_seq Number, 10 saved_seq Number,
        11 saved_bytes Number, 12 unfolded Number, 13 unfolded_bytes Number, 14 unfolded_since Number,
        15 purged_at Number,
    }
    "saves" by "space, doc" { 1 space Id, 2 doc Id, 3 bytes Bytes }
    "log" by "space, seq" {
        1 space Id, 2 seq Number, 3 event Text, 4 at Number, 5 by_user Id, 6 by_device Id,
        7 by_role Text, 8 doc Id, 9 hash Bytes, 10 actor Bytes, 11 actor_seq Number, 12 chunk Bytes,
        13 kind Text, 14 privacy Text, 15 privacy_was Text, 16 member_id Id, 17 member_name Text,
        18 member_role Text, 19 receipt Bytes, 20 lost_seq Number, 21 lost_receipt Bytes,
    }
    "views" by "space, doc" {
        1 space Id, 2 doc Id, 3 json Text, 4 title Text, 5 text Text, 6 starts_at Number,
        7 ends_at Number, 8 due_at Number, 9 done Flag, 10 repeats Flag, 11 deleted_at Number,
    }
    "purge_orders" by "id" {
        1 id Number, 2 device_id Id, 3 user_id Id, 4 space Id, 5 doc Id, 6 reason Text,
        7 issued_at Number, 8 confirmed_at Number, 9 withdrawn_at Number,
    }
}
