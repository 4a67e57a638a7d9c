//! Who someone is: names, passwords, tokens, and the extractors by which a
//! handler says whom it serves.

mod cookie;
mod hasher;
mod name;
mod password;
mod principal;
mod sign_in;
mod token;

pub use cookie::{clear_cookie, session_cookie};
pub use hasher::{Hasher, HashersBusy, Verified};
pub use name::{BadName, LoginName};
pub use password::{BadPassword, Password, TypedPassword};
pub use principal::{Admin, Anyone, Fresh, Principal, SignedIn};
pub(crate) use principal::{authenticate, is_over};
pub(crate) use sign_in::fresh_id;
pub use sign_in::{
    BadText, CannotCreate, Carrier, DeviceClaim, SignIn, prepare_account, sign_in, test_password,
};
pub use token::{Token, TokenKind};
