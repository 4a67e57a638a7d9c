//! One-time codes by the clock (RFC 6238), as authenticator apps make them.

use std::fmt;

use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Builder, Secret, Totp};
use umbra_model::{Millis, UserId};

/// What the apps show beside the account.
const ISSUER: &str = "Umbra";

/// The secret that a server and an app share. It doesn't show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; 20]);

/// A secret can't be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a secret for one-time codes can't be used")]
pub struct BadSecret;

impl TotpSecret {
    /// Draws one of 160 bits, as RFC 4226 recommends.
    ///
    /// # Errors
    /// Where the system gives no random bytes.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Takes it as it was kept.
    ///
    /// # Errors
    /// [`BadSecret`] where it is of another length.
    pub fn of(bytes: &[u8]) -> Result<Self, BadSecret> {
        bytes.try_into().map(Self).map_err(|_| BadSecret)
    }

    /// As it is kept.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// As it is typed into an app that can't read a QR code.
    pub fn to_base32(&self) -> String {
        Secret::from(self.0).to_base32()
    }

    /// As an app takes it from a link or a QR code.
    ///
    /// # Errors
    /// [`BadSecret`] where the name can't stand in a link.
    pub fn to_uri(&self, account: &str) -> Result<String, BadSecret> {
        self.codes(account)?.to_url().map_err(|_| BadSecret)
    }

    /// The time step of which this is the code: the present one or its neighbours, for
    /// clocks differ. `None` where it is of none of them.
    pub fn step_of(&self, code: &str, now: Millis) -> Option<i64> {
        let seconds = u64::try_from(now.0 / 1_000).ok()?;
        let step = self.codes("").ok()?.check(code.trim(), seconds)?;
        i64::try_from(step).ok()
    }

    /// SHA-1, six digits, thirty seconds: what every app knows.
    fn codes(&self, account: &str) -> Result<Totp, BadSecret> {
        Builder::new()
            .with_secret(self.0)
            .with_digits(6)
            .with_step_duration(30)
            .with_skew(1)
            .with_issuer(Some(ISSUER))
            .with_account_name(account)
            .build()
            .map_err(|_| BadSecret)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// What a secret of this account is sealed with, so that it opens for no other.
pub(crate) fn context_of(user: UserId) -> Vec<u8> {
    [b"umbra totp ", user.as_bytes().as_slice()].concat()
}

/// A QR code as an SVG image: one path over a white ground, with the quiet margin that
/// readers need.
///
/// # Errors
/// [`BadSecret`] where the text is too long for one.
pub fn qr_svg(text: &str) -> Result<String, BadSecret> {
    const MARGIN: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| BadSecret)?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, it)| *it == Color::Dark);
    let squares =
        dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + MARGIN, at / width + MARGIN));
    let (path, side) = (squares.collect::<String>(), width + 2 * MARGIN);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors.
    fn secret() -> TotpSecret {
        TotpSecret::of(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = secret().step_of(code, Millis(seconds * 1_000));
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_code_counts_a_step_early_and_a_step_late() {
        let of_step_two = secret().codes("").unwrap().generate(60).to_string();
        for (seconds, counts) in [(29, false), (30, true), (60, true), (119, true), (120, false)] {
            let step = secret().step_of(&of_step_two, Millis(seconds * 1_000));
            assert_eq!(step, counts.then_some(2), "{seconds}");
        }
        for bad in ["", "28708", "2870820", "28708a", "+87082", "２８７０８２"] {
            assert_eq!(secret().step_of(bad, Millis(59_000)), None, "{bad}");
        }
    }

    #[test]
    fn apps_are_told_all_they_need() {
        let uri = secret().to_uri("ada+home@example.org").unwrap();
        assert!(uri.starts_with("otpauth://totp/Umbra:ada%2Bhome%40example.org?"), "{uri}");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(uri.contains("issuer=Umbra"), "{uri}");
        assert_eq!(secret().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_qr_code_has_its_three_corners_and_a_margin() {
        let svg = qr_svg(&secret().to_uri("ada").unwrap()).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(svg.contains("M4 4h1v1h-1z") && !svg.contains("M3 4h1v1h-1z"), "{svg}");
        assert_eq!(qr_svg(&"x".repeat(10_000)), Err(BadSecret));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = TotpSecret::draw().unwrap();
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
        assert_ne!(secret, TotpSecret::draw().unwrap());
        assert_eq!(TotpSecret::of(b"short"), Err(BadSecret));
    }
}
