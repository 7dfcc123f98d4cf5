//! A real browser that does what it is told, over the pipes of its DevTools protocol
//! (<https://chromedevtools.github.io/devtools-protocol/>). Needs the package chromium.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

/// The browser; it ends with this.
pub struct Browser {
    child: Child,
    orders: File,
    replies: BufReader<File>,
    last: u64,
    _folder: tempfile::TempDir,
}

/// A page in it.
#[derive(Clone, Debug)]
pub struct Page(String);

impl Browser {
    /// Starts one that finds these names at these addresses, such as `("evil.example", "192.168.122.66")`.
    pub fn start(names: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let rules: Vec<_> = names.iter().map(|(name, address)| format!("MAP {name} {address}")).collect();
        for pipe in ["orders", "replies"] {
            let path = folder.path().join(pipe);
            mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
        }
        let child = Command::new("sh")
            // Root's needs no sandbox in a network namespace of the test's own. What a page of the Internet may not do to
            // the local network is not what is tested here.
            .args(["-c", "exec chromium \"$@\" 3<orders 4>replies", "sh", "--headless", "--no-sandbox"])
            .args(["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"])
            .arg("--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests")
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("--host-resolver-rules={}", rules.join(",")))
            .arg("about:blank")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("sh");
        let orders = File::options().write(true).open(folder.path().join("orders")).expect("a pipe");
        let replies = BufReader::new(File::open(folder.path().join("replies")).expect("a pipe"));
        Self { child, orders, replies, last: 0, _folder: folder }
    }

    fn read(&mut self) -> Value {
        let mut text = Vec::new();
        self.replies.read_until(0, &mut text).expect("the browser's pipe");
        let log = || std::fs::read_to_string(self._folder.path().join("log")).unwrap_or_default();
        assert_eq!(text.pop(), Some(0), "the browser ended (install chromium):\n{}", log());
        serde_json::from_slice(&text).expect("JSON of the browser")
    }

    fn order(&mut self, page: Option<&Page>, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut order = json!({"id": self.last, "method": method, "params": params});
        if let Some(Page(session)) = page {
            order["sessionId"] = json!(session);
        }
        let mut text = order.to_string().into_bytes();
        text.push(0);
        self.orders.write_all(&text).expect("the browser's pipe");
        loop {
            let mut reply = self.read();
            if reply["id"] == json!(self.last) {
                assert_eq!(reply["error"], Value::Null, "{method}");
                return reply["result"].take();
            }
        }
    }

    /// Opens a page, and waits until it is there.
    pub fn open(&mut self, address: &str) -> Page {
        let target = self.order(None, "Target.createTarget", json!({"url": "about:blank"}));
        let wanted = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.order(None, "Target.attachToTarget", wanted);
        let page = Page(session["sessionId"].as_str().expect("a session").to_owned());
        self.order(Some(&page), "Page.enable", json!({}));
        let went = self.order(Some(&page), "Page.navigate", json!({"url": address}));
        assert_eq!(went["errorText"], Value::Null, "{address}");
        loop {
            let event = self.read();
            if event["method"] == json!("Page.loadEventFired") && event["sessionId"] == json!(page.0) {
                return page;
            }
        }
    }

    /// What a script in a page comes to, which may be a promise.
    pub fn run(&mut self, page: &Page, script: &str) -> Value {
        let wanted = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let mut done = self.order(Some(page), "Runtime.evaluate", wanted);
        assert_eq!(done["exceptionDetails"], Value::Null, "{script}");
        done["result"]["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
