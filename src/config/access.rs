//! Who may do what by the API: the keys of `[api]` about it, and those who have a name.

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::error::quote;
use super::keys::{self, TableSchema};
use super::reader::{Item, Reader, Table};
use super::{AccountSettings, PasswordHash};
use crate::core::types::{Access, Act, Role, Token};
use crate::words::tr;

/// The longest name of somebody, in characters: journal and log repeat it.
const MAX_NAME: usize = 64;

/// What somebody may do who comes from where a key says.
pub(super) fn read_access(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Access> {
    let text = reader.text(item, "\"login\"")?;
    if text == "login" {
        return Some(Access::Login);
    }
    if let Some(role) = role(text) {
        return Some(Access::As(role));
    }
    let problem = tr!("{text} is not known here.", text = quote(text));
    let remedy = tr!(
        "Write \"login\" for those with a name alone, \"view\" for everybody to see, or \"operate\" for everybody to change."
    );
    reader.error(&item.span, &item.path, problem, remedy);
    None
}

fn role(text: &str) -> Option<Role> {
    Role::ALL.iter().copied().find(|role| role.code() == text)
}

/// The words of `guest_may`.
pub(super) fn read_guest_may(reader: &mut Reader<'_>, item: &Item<'_>) -> BTreeSet<Act> {
    let hint = tr!("Write a list, such as guest_may = [\"stop\", \"start\"].");
    let mut acts = BTreeSet::new();
    for item in reader.list(item, &hint).unwrap_or_default() {
        let Some(text) = reader.text(&item, "\"stop\"") else { continue };
        match Act::ALL.iter().find(|act| act.concerns_one_exhibit() && act.code() == text) {
            Some(act) => {
                acts.insert(*act);
            }
            None => {
                let problem = tr!("{text} is nothing that a guest could do.", text = quote(text));
                let words: Vec<_> = Act::ALL
                    .iter()
                    .filter(|act| act.concerns_one_exhibit() && !act.is_every_guests())
                    .map(|act| act.code())
                    .collect();
                let remedy = tr!("The words are: {words}.", words = words.join(", "));
                reader.error(&item.span, &item.path, problem, remedy);
            }
        }
    }
    acts
}

/// Reads all `[[account]]` tables.
pub(super) fn read_accounts(reader: &mut Reader<'_>, top: &Table<'_>) -> Vec<AccountSettings> {
    let mut accounts: Vec<AccountSettings> = Vec::new();
    for (table, name, role) in members(reader, top, "account", &keys::ACCOUNT) {
        let Some(item) = table.require(reader, "password", "password = \"$argon2id$…\"") else { continue };
        let Some(password) = read_password(reader, &item) else { continue };
        if refuse_twin(reader, &table, accounts.iter().any(|account| account.name == name)) {
            accounts.push(AccountSettings { name, role, password });
        }
    }
    accounts
}

/// Reads all `[[token]]` tables.
pub(super) fn read_tokens(reader: &mut Reader<'_>, top: &Table<'_>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (table, name, role) in members(reader, top, "token", &keys::TOKEN) {
        let Some(item) = table.require(reader, "sha256", "sha256 = \"…\"") else { continue };
        let Some(text) = reader.text(&item, "\"…\"") else { continue };
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let problem = tr!("This is no SHA-256: it has 64 digits from 0 to f.");
            reader.error(
                &item.span,
                &item.path,
                problem,
                tr!("`vitrine token` makes a token with its line."),
            );
            continue;
        }
        if refuse_twin(reader, &table, tokens.iter().any(|token| token.name == name)) {
            tokens.push(Token { name, role, sha256: text.to_lowercase() });
        }
    }
    tokens
}

/// Whether a name is free; it is an error where it is not.
fn refuse_twin(reader: &mut Reader<'_>, table: &Table<'_>, taken: bool) -> bool {
    if let (true, Some(at)) = (taken, table.get("name")) {
        reader.error(
            &at.span,
            &at.path,
            tr!("This name is taken."),
            tr!("Give one of the two another name."),
        );
    }
    !taken
}

/// The tables of those who have a name and a role.
fn members<'a>(
    reader: &mut Reader<'_>,
    top: &Table<'a>,
    key: &'static str,
    schema: &'static TableSchema,
) -> Vec<(Table<'a>, String, Role)> {
    let Some(item) = top.get(key) else { return Vec::new() };
    let hint = tr!("Write a heading [[{key}]] for each, with its keys below.", key = key);
    if let DeValue::Table(_) = item.value {
        let problem = tr!("This heading has double brackets, since there may be several.");
        reader.error(&item.span, key, problem, tr!("Write [[{key}]].", key = key));
        return Vec::new();
    }
    let mut found = Vec::new();
    for item in reader.list(&item, &hint).unwrap_or_default() {
        let Some(table) = reader.table(&item, schema, &hint) else { continue };
        let name = table.require(reader, "name", "name = \"anna\"").and_then(|at| read_name(reader, &at));
        let role = table.require(reader, "role", "role = \"operate\"").and_then(|at| read_role(reader, &at));
        if let (Some(name), Some(role)) = (name, role) {
            found.push((table, name, role));
        }
    }
    found
}

fn read_name(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<String> {
    let text = reader.text(item, "\"anna\"")?;
    if text.trim() == text && text.chars().count() <= MAX_NAME && !text.contains(crate::core::text::acts) {
        return Some(text.to_owned());
    }
    let problem = tr!(
        "This is no name: it has at most {most} characters, no blanks around it, and none that cannot be \
                       seen.",
        most = MAX_NAME
    );
    reader.error(&item.span, &item.path, problem, tr!("Write a name, such as \"anna\"."));
    None
}

fn read_role(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Role> {
    let text = reader.text(item, "\"operate\"")?;
    let found = role(text);
    if found.is_none() {
        let problem = tr!("{text} is no role.", text = quote(text));
        let remedy = tr!("Write \"view\" for who may see everything, or \"operate\" for who may change it.");
        reader.error(&item.span, &item.path, problem, remedy);
    }
    found
}

/// A hash, or `{ credential = "NAME" }`.
fn read_password(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<PasswordHash> {
    if let DeValue::Table(_) = item.value {
        let hint = tr!("Write the hash in quotes, or a table with the key `credential`.");
        let table = reader.table(item, &keys::PASSWORD, &hint)?;
        let at = table.require(reader, "credential", "credential = \"anna\"")?;
        let text = reader.text(&at, "\"anna\"")?;
        // systemd.exec(5): a credential is a file of this name.
        if text.contains('/') || text.starts_with('.') || text.len() > 255 {
            let problem = tr!("{text} is no name of a credential.", text = quote(text));
            reader.error(&at.span, &at.path, problem, tr!("Write the name that LoadCredential= gives it."));
            return None;
        }
        return Some(PasswordHash::Credential(text.to_owned()));
    }
    let text = reader.text(item, "\"$argon2id$…\"")?;
    if is_argon2(text) {
        return Some(PasswordHash::Hash(text.to_owned()));
    }
    // What stands here may be a password, which no message should repeat; the line of the file is shown all the same.
    let problem = tr!("This is no hash of a password.");
    let remedy =
        tr!("`vitrine passwd` asks for the password and prints its line; never write a password itself.");
    reader.error(&item.span, &item.path, problem, remedy);
    None
}

/// Whether a text has the form of an Argon2 hash (<https://github.com/P-H-C/phc-string-format>).
pub fn is_argon2(text: &str) -> bool {
    argon2::password_hash::phc::PasswordHash::new(text).is_ok_and(|hash| {
        hash.algorithm.as_str().starts_with("argon2") && hash.hash.is_some() && hash.salt.is_some()
    })
}
