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

/// Who looks at a page, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// On a phone, or else at a desk.
    pub phone: bool,
    /// With dark colours.
    pub dark: bool,
    /// The header `Accept-Language`.
    pub language: &'static str,
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
            // The tests' servers make their certificates themselves.
            .arg("--ignore-certificate-errors")
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
        self.try_order(page, method, params).unwrap_or_else(|| panic!("{method} is refused"))
    }

    /// `None` where it is refused.
    fn try_order(&mut self, page: Option<&Page>, method: &str, params: Value) -> Option<Value> {
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
                return (reply["error"] == Value::Null).then(|| reply["result"].take());
            }
        }
    }

    /// Opens a page, and waits until it is there.
    pub fn open(&mut self, address: &str) -> Page {
        let page = self.blank();
        self.go(&page, address);
        page
    }

    /// Opens a page as this person would see it, and waits until it is there.
    pub fn open_as(&mut self, address: &str, look: Look) -> Page {
        let page = self.blank();
        let (width, height) = if look.phone { (390, 844) } else { (1280, 900) };
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": look.phone});
        self.order(Some(&page), "Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.order(Some(&page), "Emulation.setEmulatedMedia", media);
        self.order(Some(&page), "Network.enable", json!({}));
        let wish = json!({"headers": {"Accept-Language": look.language}});
        self.order(Some(&page), "Network.setExtraHTTPHeaders", wish);
        self.go(&page, address);
        page
    }

    fn blank(&mut self) -> Page {
        let target = self.order(None, "Target.createTarget", json!({"url": "about:blank"}));
        let wanted = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.order(None, "Target.attachToTarget", wanted);
        let page = Page(session["sessionId"].as_str().expect("a session").to_owned());
        self.order(Some(&page), "Page.enable", json!({}));
        page
    }

    /// Goes to another address, and waits until it is there.
    pub fn go(&mut self, page: &Page, address: &str) {
        let went = self.order(Some(page), "Page.navigate", json!({"url": address}));
        assert_eq!(went["errorText"], Value::Null, "{address}");
        loop {
            let event = self.read();
            if event["method"] == json!("Page.loadEventFired") && event["sessionId"] == json!(page.0) {
                return;
            }
        }
    }

    /// Waits until an expression in a page is true. A page that is left meanwhile is looked at anew.
    pub fn wait(&mut self, page: &Page, condition: &str) {
        let script = format!(
            "new Promise(done => {{ const end = Date.now() + 60000; const look = () => ({condition}) ? done(true) : \
             Date.now() > end ? done(document.body.innerText) : setTimeout(look, 20); look(); }})"
        );
        let wanted = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        loop {
            // An error is a page that was left: its promises go with it.
            let Some(mut done) = self.try_order(Some(page), "Runtime.evaluate", wanted.clone()) else {
                continue;
            };
            if done["exceptionDetails"] != Value::Null {
                continue;
            }
            let seen = done["result"]["value"].take();
            assert_eq!(seen, json!(true), "{condition} is not so within a minute");
            return;
        }
    }

    /// Touches what a selector finds, as a finger would: it must be there, and be seen.
    pub fn touch(&mut self, page: &Page, selector: &str) {
        let at = self.press(page, selector);
        self.lift(page, at);
    }

    /// Puts a finger on what a selector finds; where that is.
    pub fn press(&mut self, page: &Page, selector: &str) -> (f64, f64) {
        let find = format!(
            "(() => {{ const it = document.querySelector({selector:?}); it.scrollIntoView({{block: 'center'}}); \
             const box = it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        );
        let at = self.run(page, &find);
        let at = (at[0].as_f64().expect("x"), at[1].as_f64().expect("y"));
        self.finger(page, "mousePressed", at);
        at
    }

    /// Lifts the finger there.
    pub fn lift(&mut self, page: &Page, at: (f64, f64)) {
        self.finger(page, "mouseReleased", at);
    }

    fn finger(&mut self, page: &Page, kind: &str, (x, y): (f64, f64)) {
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
        self.order(Some(page), "Input.dispatchMouseEvent", event);
    }

    /// Presses a key, such as `("Enter", 13)` or `("Tab", 9)`.
    pub fn key(&mut self, page: &Page, (key, code): (&str, u32)) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let press =
                json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.order(Some(page), "Input.dispatchKeyEvent", press);
        }
    }

    /// Closes a page.
    pub fn close(&mut self, Page(session): Page) {
        let target = self.order(Some(&Page(session)), "Target.getTargetInfo", json!({}));
        self.order(None, "Target.closeTarget", json!({"targetId": target["targetInfo"]["targetId"]}));
    }

    /// A picture of the whole page, as PNG in base 64.
    pub fn shot(&mut self, page: &Page) -> String {
        let shot = self.order(Some(page), "Page.captureScreenshot", json!({"captureBeyondViewport": true}));
        shot["data"].as_str().expect("a picture").to_owned()
    }

    /// What a script in a page comes to, which may be a promise.
    pub fn run(&mut self, page: &Page, script: &str) -> Value {
        let wanted = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let mut done = self.order(Some(page), "Runtime.evaluate", wanted);
        assert_eq!(done["exceptionDetails"], Value::Null, "{script}");
        done["result"]["value"].take()
    }
}

/// Keeps a picture of a page for whoever wants to see it, in the folder `panel` among the tests' files.
pub fn keep(browser: &mut Browser, page: &Page, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("panel");
    std::fs::create_dir_all(&folder).expect("a folder");
    let encoded = browser.shot(page);
    let mut decode = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(File::create(folder.join(name)).expect("a file"))
        .spawn()
        .expect("base64");
    decode.stdin.take().expect("a pipe").write_all(encoded.as_bytes()).expect("base64 reads");
    assert!(decode.wait().expect("base64").success());
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
