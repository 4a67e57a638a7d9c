//! Where a name and a password come from: standard input, the environment, or a person.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::{Failure, Result};

/// The variable that may hold the password.
pub const VARIABLE: &str = "UMBRA_PASSWORD";

/// The password. It is never an argument, which every process could read.
pub fn password(from_stdin: bool, prompt: &str) -> Result<String> {
    if from_stdin {
        return first_line(&mut std::io::stdin().lock());
    }
    if let Some(password) = std::env::var(VARIABLE).ok().filter(|it| !it.is_empty()) {
        return Ok(password);
    }
    if !std::io::stdin().is_terminal() {
        let failure = Failure::usage("there is no terminal to ask for the password on");
        return Err(failure.remedy(format!("Set {VARIABLE}, or pipe it in with --password-stdin.")));
    }
    rpassword::prompt_password(prompt).map_err(Failure::internal)
}

/// The name of an account, from a person.
pub fn name(prompt: &str) -> Result<String> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("who are you?")
            .remedy("Give your name at the server: `umbra login NAME`."));
    }
    let mut stderr = anstream::stderr().lock();
    let _ = write!(stderr, "{prompt}");
    let _ = stderr.flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::internal)?;
    match line.trim() {
        "" => Err(Failure::usage("a sign-in needs a name")),
        name => Ok(name.to_owned()),
    }
}

fn first_line(from: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    from.read_line(&mut line).map_err(Failure::internal)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::usage("standard input holds no password"));
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line() {
        assert_eq!(first_line(&mut &b"p w \r\nrest"[..]).unwrap(), "p w ");
        assert!(first_line(&mut &b"\n"[..]).is_err());
    }
}
