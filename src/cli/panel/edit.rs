//! What is changed in the text of the configuration, so that all else of it stays as it was written.

use std::net::SocketAddr;
use std::path::Path;

use toml_edit::{
    Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value, value,
};

use crate::core::types::Role;
use crate::words::tr;

/// What editors on Windows begin a file with.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A configuration that is being changed.
pub(super) struct Draft {
    document: DocumentMut,
    marked: bool,
    /// Whether its lines end as on Windows, which the parser does not keep.
    of_windows: bool,
}

impl Draft {
    pub(super) fn new(text: &str) -> Result<Self, TomlError> {
        let plain = text.strip_prefix(BYTE_ORDER_MARK);
        let of_windows =
            text.contains('\n') && text.split('\n').rev().skip(1).all(|line| line.ends_with('\r'));
        Ok(Self { document: plain.unwrap_or(text).parse()?, marked: plain.is_some(), of_windows })
    }

    pub(super) fn text(&self) -> String {
        let mark = if self.marked { BYTE_ORDER_MARK.to_string() } else { String::new() };
        let text = format!("{mark}{}", self.document);
        if self.of_windows { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
    }

    fn api(&mut self) -> Option<&mut dyn TableLike> {
        self.document.get_mut("api")?.as_table_like_mut()
    }

    /// Writes `tls`, in place of one that is there.
    pub(super) fn set_tls(&mut self, listen: &[SocketAddr], certificate: &Path, key: &Path) {
        let mut tls = InlineTable::new();
        tls.insert("listen", listen.iter().map(ToString::to_string).collect::<Array>().into());
        tls.insert("certificate", certificate.display().to_string().into());
        tls.insert("key", key.display().to_string().into());
        self.document.entry("api").or_insert_with(|| Item::Table(Table::new()));
        let Some(api) = self.api() else { return };
        if let Some(there) = api.get_mut("tls").filter(|there| there.is_value()) {
            let around = there.as_value().map(|value| value.decor().clone()).unwrap_or_default();
            let mut written = Value::from(tls);
            *written.decor_mut() = around;
            *there = Item::Value(written);
            return;
        }
        api.insert("tls", value(tls));
        if let (false, Some(mut key)) = (api.is_dotted(), api.key_mut("tls")) {
            let comment = tr!("`vitrine panel disable` removes this line.");
            key.leaf_decor_mut().set_prefix(format!("# {comment}\n"));
        }
    }

    /// Takes `tls` away, and its table where nothing else is in it.
    pub(super) fn remove_tls(&mut self) {
        let Some(api) = self.api() else { return };
        api.remove("tls");
        if api.is_empty() {
            self.document.remove("api");
        }
    }

    /// Lists a name under `names`.
    pub(super) fn add_name(&mut self, name: &str) {
        self.document.entry("api").or_insert_with(|| Item::Table(Table::new()));
        let names = self.api().map(|api| api.entry("names").or_insert_with(|| value(Array::new())));
        if let Some(names) = names.and_then(Item::as_array_mut) {
            names.push(name);
        }
    }

    /// Adds an account.
    pub(super) fn add_account(&mut self, name: &str, role: Role, hash: &str) {
        let entries = [("name", name), ("role", role.code()), ("password", hash)];
        let accounts =
            self.document.entry("account").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(accounts) = accounts.as_array_of_tables_mut() {
            let mut table = Table::new();
            for (key, text) in entries {
                table.insert(key, value(text));
            }
            accounts.push(table);
        } else if let Some(accounts) = accounts.as_array_mut() {
            accounts.push(
                entries.into_iter().map(|(key, text)| (key, Value::from(text))).collect::<InlineTable>(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, PasswordHash};

    const EXHIBIT: &str = "[[exhibit]]  # the first\nname = \"eden\"\nvm = 'eden-vm'\n";
    const HASH: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nIHNhbHR5$Yl4XrZ1C4a0m0k6u1iS1o0rY7Wf2a7c8Zt0yq1iJm9U";

    fn enabled(text: &str) -> String {
        let mut draft = Draft::new(text).unwrap();
        let listen = ["0.0.0.0:8443".parse().unwrap()];
        draft.set_tls(&listen, Path::new("/etc/vitrine/c.pem"), Path::new("/etc/vitrine/k \"1\".pem"));
        draft.text()
    }

    fn disabled(text: &str) -> String {
        let mut draft = Draft::new(text).unwrap();
        draft.remove_tls();
        draft.text()
    }

    /// Configurations in every form that `[api]` can have.
    fn texts() -> Vec<String> {
        let apis = [
            "",
            "# museum\n\n[api]\n# where\nlisten = [ \"127.0.0.1:8000\" ] # here\n\n# and\n",
            "[api]\nlisten = [\n  \"127.0.0.1:8000\", # one\n  \"192.0.2.1:8000\",\n]\n\n",
            "api.listen = [\"127.0.0.1:8000\"]\n\n",
            "api = { listen = [\"127.0.0.1:8000\"] }\n",
            "\u{feff}[api]\nremote = \"view\"\n",
        ];
        let mut texts: Vec<_> = apis.iter().map(|api| format!("{api}{EXHIBIT}")).collect();
        texts.push(format!("{EXHIBIT}\n[api]\nremote = \"view\"\n# the end\n"));
        texts.push(texts[1].replace('\n', "\r\n"));
        texts
    }

    #[test]
    fn what_was_written_stays_and_comes_back() {
        for text in texts() {
            let after = enabled(&text);
            let tls = config::parse(&after, "vitrine.toml").unwrap().api.tls.unwrap();
            assert_eq!(tls.listen, ["0.0.0.0:8443".parse().unwrap()], "{after}");
            assert_eq!(tls.key, Path::new("/etc/vitrine/k \"1\".pem"), "{after}");
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let kept = lines(&after);
            if !text.starts_with("api = {") {
                assert!(lines(&text).iter().all(|line| kept.contains(line)), "{after}");
            }
            assert_eq!(disabled(&after), text, "{after}");
            assert_eq!(enabled(&after), after, "twice is once");
        }
    }

    #[test]
    fn an_account_is_added_in_either_form() {
        for (text, before) in [
            (EXHIBIT.to_owned(), 0),
            (format!("account = []\n{EXHIBIT}"), 0),
            (format!("account = [{{ name = \"a\", role = \"view\", password = \"{HASH}\" }}]\n{EXHIBIT}"), 1),
            (format!("[[account]]\nname = \"a\"\nrole = \"view\"\npassword = \"{HASH}\"\n{EXHIBIT}"), 1),
        ] {
            let mut draft = Draft::new(&text).unwrap();
            draft.add_account("Anna \"A\" \\", Role::Operate, HASH);
            let after = draft.text();
            let accounts = config::parse(&after, "vitrine.toml").unwrap().accounts;
            assert_eq!(accounts.len(), before + 1, "{after}");
            assert_eq!(
                (accounts[before].name.as_str(), accounts[before].role),
                ("Anna \"A\" \\", Role::Operate)
            );
            assert_eq!(accounts[before].password, PasswordHash::Hash(HASH.to_owned()));
        }
    }

    #[test]
    fn a_name_is_listed_beside_others() {
        for (text, before) in [
            (EXHIBIT.to_owned(), 0),
            (format!("[api]\nnames = [\"a.example\"] # one\n{EXHIBIT}"), 1),
            (format!("[api]\nnames = [\n    \"a.example\", # one\n]\n{EXHIBIT}"), 1),
        ] {
            let mut draft = Draft::new(&text).unwrap();
            draft.add_name("kiosk.museum.example");
            let after = draft.text();
            let names = config::parse(&after, "vitrine.toml").unwrap().api.names;
            assert_eq!(
                (names.len(), names[before].as_str()),
                (before + 1, "kiosk.museum.example"),
                "{after}"
            );
        }
    }
}
