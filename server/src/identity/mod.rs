//! Who someone is: names, passwords, tokens, and the extractors by which a
//! handler says whom it serves.

mod cookie;
mod hasher;
mod name;
mod password;
mod principal;
mod sign_in;
mod strength;
mod token;

pub use cookie::{clear_cookie, session_cookie};
pub use hasher::{Hasher, HashersBusy, Verified};
pub use name::{BadName, LoginName};
pub use password::{BadPassword, Password, TypedPassword};
pub(crate) use principal::{Actor, authenticate, is_fresh, is_over};
pub use principal::{Admin, Anyone, Fresh, FreshAdmin, Principal, SignedIn};
pub use sign_in::{
    BadText, CannotCreate, Carrier, DeviceClaim, SignIn, choose_password, prepare_account, sign_in,
    test_password,
};
pub(crate) use sign_in::{fresh_id, short};
pub use token::{Token, TokenKind};
