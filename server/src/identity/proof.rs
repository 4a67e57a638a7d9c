//! The proof of who somebody is, without which nobody is signed in.

use crate::store::Account;

/// How somebody proved who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// They made the account in this very request.
    MadeIt,
    /// By the password of an account that asks for nothing else.
    Password,
    /// By password and one-time code.
    PasswordAndTotp,
    /// By password and recovery code.
    PasswordAndRecoveryCode,
    /// By a passkey.
    Passkey,
    /// By a recovery code, where password sign-in is off.
    RecoveryCode,
    /// By a code that somebody typed who had proved who they are elsewhere.
    DeviceCode,
}

impl Way {
    /// The name in the audit log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MadeIt => "made it",
            Self::Password => "password",
            Self::PasswordAndTotp => "password and one-time code",
            Self::PasswordAndRecoveryCode => "password and recovery code",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery code",
            Self::DeviceCode => "device code",
        }
    }
}

/// An account whose owner has proved who they are, with every factor that it asks
/// for. Without one of these, nobody is signed in.
#[derive(Clone, Debug)]
pub struct Proven {
    account: Account,
    way: Way,
}

impl Proven {
    /// Whoever makes an account is its owner.
    pub fn just_made(account: Account) -> Self {
        Self { account, way: Way::MadeIt }
    }

    /// Somebody who had proved who they are approved a device: it is theirs.
    pub fn let_in(account: Account) -> Self {
        Self { account, way: Way::DeviceCode }
    }

    pub(super) fn by(account: Account, way: Way) -> Self {
        Self { account, way }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// How it was proved.
    pub fn way(&self) -> Way {
        self.way
    }
}
