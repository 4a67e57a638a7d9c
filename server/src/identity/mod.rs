//! Who someone is: names, passwords, tokens, and the extractors by which a
//! handler says whom it serves.

mod ceremony;
mod confirm;
mod cookie;
mod device_claim;
mod hasher;
mod key_file;
mod keys;
mod name;
mod passkey_proof;
mod passkeys;
mod password;
mod principal;
mod recovery_code;
mod second_factor;
mod sign_in;
mod strength;
mod token;
mod totp;
mod vault;

pub use ceremony::{Begun, CeremonyToken};
pub(crate) use ceremony::{begin as begin_ceremony, take as take_ceremony};
pub use confirm::confirm_by_password;
pub(crate) use cookie::cookie_name;
pub use cookie::{clear_cookie, session_cookie};
pub use device_claim::DeviceClaim;
pub use hasher::{Hasher, HashersBusy, Verified};
pub use keys::{KeyError, KeyRing, SealingKey};
pub use name::{BadName, LoginName};
pub use passkey_proof::{
    Challenge, answer, challenge, challenge_anybody, passkeys_of, prove_by_passkey,
};
pub use passkeys::{BadPasskey, Passkeys, Registration, Used, new_passkey};
pub use password::{BadPassword, Password, TypedPassword};
pub(crate) use principal::{Actor, authenticate, is_fresh, is_over};
pub use principal::{Admin, Anyone, Fresh, FreshAdmin, Principal, SignedIn};
pub use recovery_code::RecoveryCode;
pub use second_factor::{Refused, Resumed, TypedCode, TypedFactor, prove_by_recovery_code, resume};
pub use sign_in::{
    AfterPassword, BadText, CannotCreate, Carrier, Proven, RightPassword, SignIn, Way,
    choose_password, prepare_account, sign_in, test_password,
};
pub(crate) use sign_in::{fresh_id, short};
pub use token::{Token, TokenKind};
pub(crate) use totp::context_of;
pub use totp::{BadSecret, TotpSecret, qr_svg};
pub use vault::{Rotation, VaultError, open_keys, rotate_keys};
