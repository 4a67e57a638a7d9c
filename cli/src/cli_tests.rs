//! What can be typed, and what is said about what can't.

use clap::{CommandFactory, Parser};

use super::*;

/// What is said about a command line that isn't taken.
fn refused(line: &str) -> String {
    let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_commands_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_argument_has_help() {
    fn check(command: &clap::Command) {
        for child in command.get_subcommands() {
            assert!(child.get_about().is_some(), "{} says nothing", child.get_name());
            for argument in child.get_arguments() {
                assert!(argument.get_help().is_some(), "{} of {}", argument, child.get_name());
            }
            check(child);
        }
    }
    check(&Cli::command());
}

#[test]
fn the_commands_of_the_manual_are_taken() {
    let manual = include_str!("../../docs/CLI.md");
    let mut checked = 0;
    for line in manual.lines().filter_map(|line| line.strip_prefix("    $ ")) {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let words = words(line);
        if words.first().is_some_and(|word| word == "umbra") {
            checked += 1;
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{line}: {error}");
            }
        }
    }
    assert!(checked > 30, "only {checked} commands were found");
}

/// Words as a shell splits them, with double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for char in line.chars() {
        match (char, words.last_mut()) {
            ('"', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (char, Some(word)) => word.push(char),
            (_, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn a_mistake_is_named() {
    assert_eq!(
        refused("umbra todo add Milk -p urgent"),
        "error: invalid value 'urgent' for '--priority <PRIORITY>'"
    );
    assert_eq!(
        refused("umbra share Home bob boss"),
        "error: invalid value 'boss' for '<ROLE>': `boss` is not a role; use viewer, commenter, editor, manager or owner"
    );
    assert_eq!(refused("umbra tood add"), "error: unrecognized subcommand 'tood'");
    assert_eq!(
        refused("umbra event add x --for 1h --until fri"),
        "error: the argument '--for <TIME>' cannot be used with '--until <WHEN>'"
    );
    assert_eq!(
        refused("umbra agenda --days 0"),
        "error: invalid value '0' for '--days <N>': 0 is not in 1..=366"
    );
    assert_eq!(
        refused("umbra todo done"),
        "error: the following required arguments were not provided:"
    );
}

#[test]
fn help_lists_the_exit_codes() {
    let help = Cli::command().render_long_help().to_string();
    let codes = "  5  needs sign-in\n  6  refused: the rules of the space don't allow it\n";
    assert!(help.contains(codes), "{help}");
    let manual = include_str!("../../docs/CLI.md");
    for (code, exit) in [
        (1, "internal"),
        (2, "usage"),
        (3, "not found"),
        (4, "offline"),
        (5, "needs sign-in"),
        (6, "refused"),
        (7, "conflict"),
        (8, "busy"),
        (9, "server"),
    ] {
        assert!(manual.contains(&format!("| {code} | {exit} |")), "{code}");
    }
}
