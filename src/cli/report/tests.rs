//! No secret is in what is packed, whatever file it stood in, and each part that is missing says why.

use std::io::Read as _;

use super::*;
use crate::words::told;

const SECRET: &str = "S3cr3t-V4lue-0815";

/// What stands where a report reads, each with a secret in it.
fn planted() -> Vec<(&'static str, String)> {
    [
        ("configuration.toml", "password = \"§\"\nsha256 = \"§\"\ntls = { key = \"/etc/k.pem\" }\n"),
        ("libvirt/eden/running.xml", "<graphics type='spice' passwd='§'/>\n<qemu:env name='A' value='§'/>\n"),
        ("logs/qemu/eden.log", "-object secret,id=s,data=§ \\\n-vnc :0,password=§ \\\nVAULT_TOKEN=§ \\\nDOOR=§ \\\n"),
        ("logs/vitrine.log", "GET http://anna:§@host/?x=§\nAuthorization: Bearer §\nCookie: a=§\nhook door --token § failed: password is §\n"),
        ("units/user.txt", "Environment=DOOR=§ LANG=C\n"),
        ("incidents.txt", "1  put back: reason?a/b?code=§ password: §\n"),
        ("status.json", "{\n  \"password\": \"§\",\n  \"note\": \"token=§\"\n}\n"),
    ]
    .into_iter()
    .map(|(name, text)| (name, text.replace('§', SECRET)))
    .collect()
}

/// Every file of an archive that was written, with its name.
fn unpacked(archive: &Archive) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.tar.gz");
    archive.write(&path, "report", 0).unwrap();
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()));
    let mut found = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let name = entry.path().unwrap().display().to_string();
        found.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    found
}

#[test]
fn no_secret_is_in_the_archive() {
    let texts = || planted().into_iter().map(|(name, text)| Found::Text(name.to_owned(), text));
    let why = format!("{}://anna:{SECRET}@host cannot be reached", "qemu+ssh");
    let found = texts().chain([Found::Missing("libvirt".to_owned(), Told::text(why))]).collect();
    let (archive, missing) = pack(found, Redactor::default(), "report");
    assert_eq!(missing.len(), 1);
    let files = unpacked(&archive);
    assert_eq!(files.len(), planted().len() + 1);
    for (name, text) in files {
        assert!(!text.contains(SECRET) && text.contains(redact::REMOVED), "{name}:\n{text}");
    }
}

#[test]
fn what_is_known_to_be_secret_is_in_no_sentence_and_no_name() {
    let found = vec![Found::Text(format!("logs/{SECRET}.log"), format!("a sentence with {SECRET} in it\n"))];
    let (archive, _) = pack(found, Redactor::new([SECRET.to_owned()]), "report");
    for (name, text) in unpacked(&archive) {
        assert!(!text.contains(SECRET) && !name.contains(SECRET), "{name}:\n{text}");
    }
}

#[test]
fn json_stays_json() {
    let text = serde_json::json!({
        "password": SECRET, "pin": 4711, "tokens": ["a"], "text": "no password: set one",
        "commands": [format!("curl -u anna:{SECRET} http://x/?a={SECRET}"), "echo \"token: x\""],
        "nested": { "text": format!("{{\"token\": \"{SECRET}\"}}"), "secret": null, "cookie": true },
    });
    for text in [serde_json::to_string(&text).unwrap(), serde_json::to_string_pretty(&text).unwrap()] {
        let kept = Redactor::default().text(&text);
        assert!(!kept.contains(SECRET), "{kept}");
        // A number that was a secret is none any more, and the rest can still be read.
        let kept = kept.replace("\"pin\": [removed]", "\"pin\": 0").replace("\"pin\":[removed]", "\"pin\":0");
        serde_json::from_str::<serde_json::Value>(&kept).unwrap_or_else(|error| panic!("{error}: {kept}"));
    }
}

#[test]
fn what_is_missing_is_listed_with_its_reason() {
    let found = vec![
        Found::Text("a.txt".to_owned(), "abc\n".to_owned()),
        Found::Missing("libvirt".to_owned(), told!("no monitor is lit")),
        Found::Picture("pictures/x.png".to_owned(), vec![0; 40 << 20]),
    ];
    let (archive, missing) = pack(found, Redactor::default(), "report");
    let listed = listed(&archive, &missing);
    assert!(listed.contains("         4  a.txt\n"), "{listed}");
    assert!(listed.contains("  libvirt: no monitor is lit\n  pictures/x.png: it is too large\n"), "{listed}");
    let readme = unpacked(&archive).into_iter().find(|(name, _)| name == "report/README.txt").unwrap().1;
    assert!(readme.contains("libvirt: no monitor is lit"), "{readme}");
}
