//! `docs/POLICY.md`.

use std::fmt::Write as _;

use crate::policy::{
    Action, Ask, Condition, Fields, GOVERN_RULES, Govern, RULES, Rule, Verb, decide, govern,
    rule_for,
};
use crate::schema::spec;
use crate::{Kind, Privacy, Role, SpaceKind};

const HEAD: &str = "\
# Who may do what

<!-- Rendered from the tables in model/src/policy; a test fails when it is stale. \
UMBRA_BLESS=1 cargo test -p umbra-model renders it anew. -->

The server decides each operation by these tables at the moment at which it
accepts it, whatever door it came through; a client reads them to tell beforehand
what will be refused. What no rule grants is forbidden.

* What a member can't see, they can't touch: for them there is no such document.
* Whoever an account says it is, in a value or in a key, must be the author.
* A document's kind, space, creator and privacy are facts that the server keeps;
  nothing inside the document changes them.
* A comment is seen by whoever sees what it is about.
* An administrator of the server has no right to anyone's documents.

In the cells: *yes*; *own*, where the member created the document; *subject*, where
they created what the comment is about; *entry*, where the entry bears their own
account; empty, where nobody with that role may.
";

const GOVERN: &str = "
## Members and spaces

A manager gives, changes and takes roles below their own; so does the owner. Every
space has one owner, who can't leave. A personal space is its account's alone:
none of this is possible there.

";

const RULES_HEAD: &str = "
## The rules by name

A refusal carries the name of the rule that was failed. The first rule in this
table that matches is the one that decides. `unlisted.never` is named where there
is nothing to decide about: a kind that doesn't live in such a space, or a field
that it doesn't have.

";

/// The page that describes the policy.
pub fn policy_page() -> String {
    let mut page = HEAD.to_owned();
    for (title, space) in [
        ("Lists and projects", SpaceKind::List),
        ("Calendars", SpaceKind::Calendar),
        ("Personal spaces, whose only member is the owner", SpaceKind::Personal),
    ] {
        let _ = write!(page, "\n## {title}\n");
        let at_home = Kind::ALL.iter().filter(|kind| spec(**kind).homes.contains(&space));
        at_home.for_each(|kind| matrix(&mut page, space, *kind));
    }
    page.push_str(GOVERN);
    govern_matrix(&mut page);
    page.push_str(RULES_HEAD);
    page.push_str("| rule | what | in | who |\n|---|---|---|---|\n");
    RULES.iter().for_each(|rule| rule_line(&mut page, rule));
    page
}

fn table_head(page: &mut String, first: &str) {
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let _ = writeln!(page, "| {first} | {} |", roles.join(" | "));
    let _ = writeln!(page, "|---|{}", "---|".repeat(roles.len()));
}

/// Who may do what to one kind of document in one kind of space.
fn matrix(page: &mut String, space: SpaceKind, kind: Kind) {
    page.push('\n');
    table_head(page, &format!("`{kind}`"));
    let mut line = |what: &str, privacy, action| {
        let cells: Vec<_> =
            Role::ALL.iter().map(|role| cell(space, kind, privacy, action, *role)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(page, "| {what} | {} |", cells.join(" | "));
        }
    };
    line("see", Privacy::Default, Action::Read);
    let hidden = match kind {
        Kind::Comment => "see, where its subject is `busy` or `secret`",
        _ => "see, where it is `busy` or `secret`",
    };
    line(hidden, Privacy::Busy, Action::Read);
    line("create", Privacy::Default, Action::Create);
    line("create as `busy` or `secret`", Privacy::Busy, Action::Create);
    for (what, field) in written(space, kind) {
        line(&what, Privacy::Default, Action::Write { field, own_entry: false });
    }
    line("put into the trash", Privacy::Default, Action::Trash);
    line("take out of the trash", Privacy::Default, Action::Restore);
    line("change its privacy", Privacy::Default, Action::SetPrivacy(Privacy::Busy));
    line("remove for good", Privacy::Default, Action::Purge);
}

/// A line for each rule about writing, with one of the fields that it speaks of.
fn written(space: SpaceKind, kind: Kind) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    for rule in RULES {
        let decides = |name| rule_for(space, kind, Verb::Write, Some(name)).map(|it| it.name);
        let fields = spec(kind).fields.iter().map(|field| field.name);
        let Some(field) = fields.into_iter().find(|it| decides(it) == Some(rule.name)) else {
            continue;
        };
        let what = match rule.fields {
            Fields::All if lines.is_empty() => "write any field".to_owned(),
            Fields::All => "write any other field".to_owned(),
            Fields::Only(fields) => format!("write {}", quoted(fields)),
        };
        lines.push((what, field));
    }
    lines
}

/// What it takes, with this role: the first of the conditions that is enough.
fn cell(
    space: SpaceKind,
    kind: Kind,
    privacy: Privacy,
    action: Action<'_>,
    role: Role,
) -> &'static str {
    let may = |own, own_subject, own_entry| {
        let action = match action {
            Action::Write { field, .. } => Action::Write { field, own_entry },
            action => action,
        };
        decide(&Ask { space, role, kind, privacy, own, own_subject, action }).is_ok()
    };
    if may(false, false, false) {
        "yes"
    } else if may(false, true, false) {
        "own, subject"
    } else if may(true, false, false) {
        "own"
    } else if may(false, false, true) {
        "entry"
    } else {
        ""
    }
}

fn govern_matrix(page: &mut String) {
    table_head(page, "a member with this role");
    let mut line = |what: &str, acts: &[Govern]| {
        let cell = |actor: Role| {
            let may = acts.iter().all(|act| govern(SpaceKind::List, actor, act).is_ok());
            if may { "yes" } else { "" }
        };
        let cells: Vec<_> = Role::ALL.iter().map(|role| cell(*role)).collect();
        let _ = writeln!(page, "| {what} | {} |", cells.join(" | "));
    };
    for role in Role::ALL {
        let acts = [
            Govern::Add(role),
            Govern::Remove(role),
            Govern::Change { from: role, to: Role::Viewer },
            Govern::Change { from: Role::Viewer, to: role },
        ];
        line(&format!("lets in, removes, and changes from or to: {role}"), &acts);
    }
    line("leaves", &[Govern::Leave]);
    line("hands the space over", &[Govern::Transfer]);
    line("deletes the space", &[Govern::Delete]);
    let names: Vec<_> = GOVERN_RULES.iter().map(|rule| format!("`{}`", rule.name)).collect();
    let _ = writeln!(
        page,
        "\nTheir rules are {} and, in personal spaces, `{}`.",
        names.join(", "),
        crate::policy::PERSONAL
    );
}

fn rule_line(page: &mut String, rule: &Rule) {
    let verbs: Vec<_> = rule.verbs.iter().map(|verb| verb.as_str()).collect();
    let fields = match rule.fields {
        Fields::All => String::new(),
        Fields::Only(fields) => format!(" {} of", quoted(fields)),
    };
    let kinds: Vec<_> = rule.kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let spaces: Vec<_> = rule.spaces.iter().map(|space| space.as_str()).collect();
    let grants: Vec<_> = rule
        .grants
        .iter()
        .map(|grant| match grant.when {
            Condition::Always => grant.least.to_string(),
            Condition::Created => format!("{}, of their own", grant.least),
            Condition::SubjectCreated => format!("{}, of their own subject", grant.least),
            Condition::OwnEntry => format!("{}, in their own name", grant.least),
        })
        .collect();
    let who = if grants.is_empty() { "nobody".to_owned() } else { grants.join("; ") };
    let _ = writeln!(
        page,
        "| `{}` | {}{fields} {} | {} | {who} |",
        rule.name,
        verbs.join(", "),
        kinds.join(", "),
        spaces.join(", "),
    );
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
