//! What the integration tests share: a real server on a free port over a fresh
//! database of either engine, people who are signed in, their sockets, and the
//! changes that they make.

mod authenticator;
mod cli;
mod contract;
mod database;
mod http;
mod node;
mod one_time_code;
mod pen;
mod person;
mod program;
mod records;
mod server;
mod socket;
mod until;

pub use authenticator::Authenticator;
pub use cli::{Device, Watch};
pub use database::{Database, Engine};
pub use http::{Answer, Caller};
pub use node::Node;
pub use one_time_code::one_time_code;
pub use pen::{Pen, hash_of};
pub use person::{PASSWORD, Person, login};
pub use program::{ok, program, run};
pub use records::Aged;
pub use server::TestServer;
pub use socket::{Heard, Socket, hello, hello_with, push_of};
pub use until::{a_while, until};

/// Runs each of these tests, which take an [`Engine`], on both of them.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::Engine::Sqlite).await; })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::Engine::Postgres).await; })+
        }
    };
}
