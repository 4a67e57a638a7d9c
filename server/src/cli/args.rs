//! Flags and environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use umbra_server::Config;
use umbra_server::config::{
    AbuseLimits, DatabaseUrl, ForwardedHeader, MetricsAccess, Network, Origin, PasswordCost,
    Proxies, SealingKeys,
};

/// The Umbra server: todos, calendars and projects that sync.
#[derive(Parser)]
#[command(version, propagate_version = true)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) base: Base,
    #[command(flatten)]
    pub(super) logs: Logs,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Where the data is.
#[derive(ClapArgs)]
pub(super) struct Base {
    /// The directory of the embedded database and everything beside it.
    #[arg(long, alias = "data-dir", env = "UMBRA_DATA", default_value = "data", global = true)]
    data: PathBuf,
    /// A PostgreSQL database in place of the embedded one. Better set by the
    /// environment, where other users of the machine don't see its password.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// The keys that encrypt secrets in the database, with commas between; the first
    /// one seals. By the environment only, since others see a command line. Without
    /// it, they are in the file secret.keys of the data directory.
    #[arg(
        long = "secret-keys",
        env = "UMBRA_SECRET_KEYS",
        hide_env_values = true,
        global = true,
        hide = true
    )]
    secret_keys: Option<String>,
    /// Memory of a password hash, in KiB.
    #[arg(long, env = "UMBRA_PASSWORD_MEMORY_KIB", default_value_t = PasswordCost::default().memory_kib, value_parser = clap::value_parser!(u32).range(64..=262_144), global = true, hide = true)]
    password_memory_kib: u32,
    /// Passes of a password hash.
    #[arg(long, env = "UMBRA_PASSWORD_PASSES", default_value_t = PasswordCost::default().passes, value_parser = clap::value_parser!(u32).range(1..=10), global = true, hide = true)]
    password_passes: u32,
}

/// How it logs.
#[derive(ClapArgs)]
pub(super) struct Logs {
    /// What to log: a level, or levels by module.
    #[arg(long, env = "UMBRA_LOG", default_value = "info,sqlx=warn", global = true)]
    pub(super) log: String,
    /// How to write it.
    #[arg(long, env = "UMBRA_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub(super) log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Serve.
    Serve(Box<Serve>),
    /// Bring the database to this version's schema, and stop.
    Migrate,
    /// Write the whole database into one file, which either engine restores. The
    /// server may go on serving.
    Backup {
        /// The file.
        file: PathBuf,
    },
    /// Restore a backup into an empty database. Devices then give back what was
    /// accepted since.
    Restore {
        /// The file.
        file: PathBuf,
    },
    /// Replay every log and prove that everything accepted was permitted. Fails where
    /// anything is wrong, and names it. The server may go on serving.
    Audit,
    /// Accounts.
    User {
        #[command(subcommand)]
        what: User,
    },
    /// The keys that encrypt secrets in the database.
    Keys {
        #[command(subcommand)]
        what: Keys,
    },
}

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Print a new key, for UMBRA_SECRET_KEYS.
    New,
    /// Seal every secret anew: under a new key, which is put into the key file, or
    /// under the first of UMBRA_SECRET_KEYS. The server may go on serving.
    Rotate {
        /// Do away with secrets that no key opens: the accounts concerned sign in
        /// without one-time codes until they enrol again.
        #[arg(long)]
        drop_unreadable: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum User {
    /// Make an account. The first one administers the server. The password is asked
    /// for, or read from standard input.
    Add {
        /// The sign-in name.
        name: String,
        /// Let it administer the server.
        #[arg(long)]
        admin: bool,
        /// What it is called, if not by its name.
        #[arg(long)]
        display_name: Option<String>,
    },
}

/// How it serves.
#[derive(ClapArgs)]
pub(super) struct Serve {
    /// The address to listen on.
    #[arg(long, env = "UMBRA_LISTEN", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// The origin under which browsers reach the server, such as
    /// https://umbra.example.org. Needed behind a proxy; without it, the server is
    /// for use on one machine.
    #[arg(long, env = "UMBRA_PUBLIC_ORIGIN", value_parser = origin)]
    public_origin: Option<Origin>,
    /// Addresses or networks, such as 10.0.0.0/8, of proxies that are believed about the
    /// address of their client.
    #[arg(long, env = "UMBRA_TRUSTED_PROXIES", value_delimiter = ',')]
    trusted_proxies: Vec<Network>,
    /// The header in which those proxies write it. They have to set it themselves.
    #[arg(long, env = "UMBRA_FORWARDED_HEADER", value_enum, default_value_t = Forwarded::XForwardedFor)]
    forwarded_header: Forwarded,
    /// Who may read /metrics.
    #[arg(long, env = "UMBRA_METRICS", value_enum, default_value_t = Metrics::Loopback)]
    metrics: Metrics,
    /// Requests of one address a minute.
    #[arg(long, env = "UMBRA_REQUESTS_PER_MINUTE", default_value_t = AbuseLimits::default().requests_per_minute)]
    requests_per_minute: u32,
    /// Tests of a password by one address a minute.
    #[arg(long, env = "UMBRA_CREDENTIAL_TESTS_PER_MINUTE", default_value_t = AbuseLimits::default().credential_tests_per_minute)]
    credential_tests_per_minute: u32,
    /// Live connections of one account.
    #[arg(long, env = "UMBRA_SOCKETS_PER_USER", default_value_t = AbuseLimits::default().sockets_per_user)]
    sockets_per_user: usize,
    /// Frames that one connection may send a second.
    #[arg(long, env = "UMBRA_FRAMES_PER_SECOND", default_value_t = AbuseLimits::default().frames_per_second)]
    frames_per_second: u32,
    /// Bytes that one connection may send a second; at least half of the largest frame.
    #[arg(long, env = "UMBRA_BYTES_PER_SECOND", default_value_t = AbuseLimits::default().bytes_per_second, value_parser = clap::value_parser!(u32).range(524_288..))]
    bytes_per_second: u32,
}

/// Where proxies write the address of their client.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Forwarded {
    /// X-Forwarded-For, as most do.
    XForwardedFor,
    /// Forwarded (RFC 7239).
    Forwarded,
}

/// Who may read /metrics.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Metrics {
    /// Nobody.
    Off,
    /// Who is on this machine, without a proxy between.
    Loopback,
    /// Whoever reaches the port.
    Anyone,
}

impl Base {
    /// The configuration as far as every command needs it.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::new(self.data.clone());
        config.database_url = self.database_url.clone().map(DatabaseUrl::new);
        config.sealing_keys = self.secret_keys.clone().map(SealingKeys::new);
        config.password_cost =
            PasswordCost { memory_kib: self.password_memory_kib, passes: self.password_passes };
        config
    }
}

impl Serve {
    /// The configuration with how it serves.
    pub(super) fn apply(self, config: Config) -> Config {
        Config {
            listen: self.listen,
            public_origin: self.public_origin,
            proxies: Proxies {
                trusted: self.trusted_proxies,
                header: match self.forwarded_header {
                    Forwarded::XForwardedFor => ForwardedHeader::XForwardedFor,
                    Forwarded::Forwarded => ForwardedHeader::Forwarded,
                },
            },
            metrics: match self.metrics {
                Metrics::Off => MetricsAccess::Off,
                Metrics::Loopback => MetricsAccess::Loopback,
                Metrics::Anyone => MetricsAccess::Anyone,
            },
            abuse: AbuseLimits {
                credential_tests_per_minute: self.credential_tests_per_minute,
                requests_per_minute: self.requests_per_minute,
                sockets_per_user: self.sockets_per_user,
                frames_per_second: self.frames_per_second,
                bytes_per_second: self.bytes_per_second,
            },
            ..config
        }
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).map_err(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_become_a_configuration() {
        let args = Args::parse_from([
            "umbra-server",
            "--data",
            "/srv/umbra",
            "serve",
            "--listen",
            "0.0.0.0:80",
            "--public-origin",
            "https://umbra.example.org",
            "--trusted-proxies",
            "10.0.0.1,10.1.0.0/16",
            "--forwarded-header",
            "forwarded",
            "--metrics",
            "off",
            "--database-url",
            "postgres://umbra:secret@db/umbra",
        ]);
        let base = args.base.config();
        let Command::Serve(serve) = args.command else { panic!("serve") };
        let config = serve.apply(base);
        assert_eq!(config.data_dir, PathBuf::from("/srv/umbra"));
        assert_eq!(config.listen.port(), 80);
        assert_eq!(config.public_origin.unwrap().as_str(), "https://umbra.example.org");
        assert_eq!(config.proxies.trusted.len(), 2);
        assert_eq!(config.proxies.header, ForwardedHeader::Forwarded);
        assert_eq!(config.metrics, MetricsAccess::Off);
        assert_eq!(config.database_url.unwrap().expose(), "postgres://umbra:secret@db/umbra");
    }

    #[test]
    fn a_bad_origin_is_one_plain_sentence() {
        let parsed = Args::try_parse_from(["umbra-server", "serve", "--public-origin", "umbra"]);
        let text = parsed.err().unwrap().to_string();
        assert!(text.contains("`umbra` is no origin; write it as a browser does"), "{text}");
    }
}
