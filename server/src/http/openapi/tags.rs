//! By what operations are grouped.

/// A group of operations.
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Paths that begin like this are in it, unless a longer one is in another.
    paths: &'static [&'static str],
}

/// The groups in the order in which they are shown.
pub(super) const TAGS: &[Tag] = &[
    Tag {
        name: "Signing in",
        description: "Making an account, signing in and out.",
        paths: &[
            "/api/setup",
            "/api/auth/register",
            "/api/auth/invitation",
            "/api/auth/login",
            "/api/auth/recover",
            "/api/auth/logout",
            "/api/auth/status",
            "/api/auth/password-reset",
            "/api/auth/ceremonies",
        ],
    },
    Tag {
        name: "Factors",
        description: "One-time codes, recovery codes and passkeys, doing without a password, \
            and proving anew who one is.",
        paths: &[
            "/api/auth/confirm",
            "/api/auth/security",
            "/api/auth/totp",
            "/api/auth/recovery-codes",
            "/api/auth/passkeys",
            "/api/auth/passwordless",
        ],
    },
    Tag {
        name: "Sessions and devices",
        description: "Where an account is signed in, and letting a device in by a code that \
            somebody types elsewhere.",
        paths: &["/api/auth/sessions", "/api/auth/device", "/api/devices"],
    },
    Tag {
        name: "Programs",
        description: "API tokens, and passwords for calendar programs.",
        paths: &["/api/auth/tokens", "/api/auth/app-passwords"],
    },
    Tag {
        name: "Account",
        description: "One's own account: its names, its password, what was done with it, \
            everything in it to take along, and its end.",
        paths: &["/api/account"],
    },
    Tag {
        name: "Spaces",
        description: "Lists, calendars and projects. What is in them travels over the socket.",
        paths: &["/api/spaces"],
    },
    Tag {
        name: "Members",
        description: "Who is in a space, and as what.",
        paths: &[
            "/api/spaces/{space}/members",
            "/api/spaces/{space}/leave",
            "/api/spaces/{space}/transfer",
            "/api/spaces/{space}/purges",
        ],
    },
    Tag {
        name: "Administration",
        description: "Accounts, invitations, settings and the audit log. An administrator has \
            no right to what is in other people's documents. Each deed is noted.",
        paths: &["/api/admin"],
    },
    Tag {
        name: "This description",
        description: "The API, for programs and for people.",
        paths: &["/api/openapi.json", "/api/docs"],
    },
];

/// The group that a path is in.
pub(super) fn of(path: &str) -> &'static str {
    let fits = |start: &str| {
        path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let all = TAGS.iter().flat_map(|tag| tag.paths.iter().map(move |start| (tag.name, *start)));
    let found = all.filter(|(_, start)| fits(start)).max_by_key(|(_, start)| start.len());
    found.map_or("Other", |(name, _)| name)
}
