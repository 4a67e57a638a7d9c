//! The server as it is, in a process of its own, so that what it takes can be told
//! from what its clients take. Its limits on abuse are raised: the load comes from
//! one address. It serves until its standard input ends.
//!
//! `umbra-bench-server DATA_DIR`, with a PostgreSQL database in `DATABASE_URL`.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use umbra_server::Config;
use umbra_server::config::{AbuseLimits, DatabaseUrl, PasswordCost};

#[tokio::main]
async fn main() {
    let data = std::env::args().nth(1).expect("the data directory is the first argument");
    let mut config = Config::new(PathBuf::from(data));
    config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    config.database_url = std::env::var("DATABASE_URL").ok().map(DatabaseUrl::new);
    config.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
    config.abuse = AbuseLimits {
        credential_tests_per_minute: u32::MAX,
        requests_per_minute: u32::MAX,
        sockets_per_user: 10_000,
        frames_per_second: 1_000_000,
        bytes_per_second: 1 << 30,
    };
    let running = umbra_server::start(config).await.expect("the server starts");
    #[expect(clippy::print_stdout, reason = "whoever started it waits for the address")]
    {
        println!("{}", running.addr);
    }
    let mut nothing = [0];
    let ended = tokio::task::spawn_blocking(move || std::io::stdin().read(&mut nothing));
    let _ = ended.await;
    running.shutdown().await;
}
