//! Staff before a browser, and everything else real.

use std::time::Instant;

use serde_json::json;

use super::common::browser::{Browser, Look};
use super::common::cases::Case;
use super::common::museum::{EDEN, Museum, ORBIT};
use super::seconds;

pub(super) const CASES: &[Case] =
    &[("staff_see_it_in_a_browser_and_bring_it_back", staff_see_it_in_a_browser_and_bring_it_back)];

/// How many colours a picture has, which an artwork has many of and a black screen one.
fn colours(picture: &str) -> String {
    format!(
        "(() => {{ const it = document.querySelector({picture:?}); if (!it.naturalWidth) return 0; \
         const canvas = document.createElement('canvas'); canvas.width = it.naturalWidth; \
         canvas.height = it.naturalHeight; const pen = canvas.getContext('2d'); pen.drawImage(it, 0, 0); \
         return new Set(new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size; }})()"
    )
}

fn staff_see_it_in_a_browser_and_bring_it_back(museum: &mut Museum) {
    museum.welcome();
    let mut browser = Browser::start(&[]);
    let first = format!("http://127.0.0.1:{}/ui/", museum.port);
    let look = Look { phone: false, dark: false, language: "en" };
    let page = browser.open_as(&first, look);
    for work in [EDEN, ORBIT] {
        let picture = colours(&format!("img[data-live$='{}/picture']", work.name));
        browser.wait(&page, &format!("{picture} > 8"));
    }
    super::common::browser::keep(&mut browser, &page, "museum.png");

    // What is done elsewhere is seen at once, and what is done here is done.
    let asked = Instant::now();
    let qemu = museum.qemu(EDEN);
    museum.virsh(&["destroy", EDEN.name]);
    let card = format!("document.querySelector('#card-{} .state').innerText", EDEN.name);
    browser.wait(&page, &format!("{card} !== 'On show'"));
    println!("    a VM that was destroyed is seen as such after {}", seconds(asked.elapsed()));
    browser.wait(&page, &format!("{card} === 'On show'"));
    assert_ne!(museum.qemu(EDEN), qemu);
    let before = museum.recoveries(ORBIT);
    let pressed = Instant::now();
    browser.touch(&page, &format!("#revert-{}", ORBIT.name));
    browser.touch(&page, "#ask-revert .main");
    let card = format!("document.querySelector('#card-{} .state').innerText", ORBIT.name);
    browser.wait(&page, &format!("{card} !== 'On show'"));
    println!("    a press is seen at work after {}", seconds(pressed.elapsed()));
    browser.wait(&page, &format!("document.querySelector('#said').innerText.includes('{}')", ORBIT.name));
    browser.wait(&page, &format!("{card} === 'On show'"));
    println!("    and its effect after {}", seconds(pressed.elapsed()));
    assert!(museum.recoveries(ORBIT) > before);
    museum.well_again(&[EDEN, ORBIT], pressed);

    // What the VM draws, and each screen's name on it; the incident with what visitors saw.
    let page = browser.open_as(&format!("{first}exhibits/{}", EDEN.name), look);
    browser.wait(&page, &format!("{} > 8", colours("img[data-live$='vm-picture']")));
    browser.wait(&page, "document.querySelector('.entries a')");
    let page = browser.open_as(&format!("{first}site"), look);
    browser.touch(&page, "[data-post=identify]");
    browser.wait(&page, "document.querySelector('#said').innerText.includes('each screen has shown')");
    let page = browser.open_as(&format!("{first}checks"), look);
    browser.touch(&page, "#look");
    browser.wait(&page, "document.querySelector('#findings').innerText.includes('checks found all well')");
    let alone = "[...document.querySelectorAll('#findings .ill')].map(it => it.innerText)";
    println!("    the doctor: {}", browser.run(&page, alone));
    assert_eq!(browser.run(&page, "document.querySelector('#lost').hidden"), json!(true));
    museum.well_again(&[EDEN, ORBIT], Instant::now());
}
